import { expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { fullMasks, prunableKeys } from '../../prune/masks.ts';
import { maskingHooks, maskingSchedules } from '../../prune/schedules/schedules.ts';
import { stripeData, stripeNetwork, stripePlan, stripeStart } from '../../train/fixture.testing.ts';
import { startCheckpoint } from '../../train/plan.ts';
import { trainLoop } from '../../train/trainLoop.ts';
import { trainInThread, trainPoolOptions } from '../../train/trainThreads.ts';
import { trainingThreads } from './trainingThreads.ts';

it('masks change in a thread as they do here', async () => {
  const masking = { schedule: 'rigl', sparsity: 0.6, begin: 0.5, end: 2, every: 3, drop: 0.3 };
  const plan = { ...stripePlan, masking };
  const full = fullMasks(stripeNetwork, prunableKeys(stripeNetwork, { linear: true }));
  const masks = maskingSchedules.named('rigl').initial!(stripeNetwork, full, 0.6, createRng(3));
  const start = startCheckpoint(stripeStart().numbers, masks);
  const pool = trainingThreads.open([], trainPoolOptions);
  try {
    const end = await trainInThread(pool, { plan, data: stripeData, start });
    const here = await trainLoop(plan, stripeData, start, maskingHooks(plan, stripeData));
    expect(end.masks).toEqual(here.masks);
    expect(end.numbers).toEqual(here.numbers);
  } finally {
    await pool.close();
  }
});
