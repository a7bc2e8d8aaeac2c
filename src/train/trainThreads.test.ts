import { afterAll, describe, expect, it } from 'vitest';
import { stripeData, stripePlan, stripeStart } from './fixture.testing.ts';
import { trainLoop } from './trainLoop.ts';
import { trainInThread, trainPoolOptions } from './trainThreads.ts';
import { plainThreads } from './trainThreads.testing.ts';

describe('training in a thread', () => {
  const pool = plainThreads.open(undefined, trainPoolOptions);
  const task = () => ({ plan: stripePlan, data: stripeData, start: stripeStart() });
  afterAll(() => pool.close());

  it('gives the same numbers as training here, epoch by epoch', async () => {
    const here = await trainLoop(stripePlan, stripeData, stripeStart());
    const epochs: number[] = [];
    const there = await trainInThread(pool, task(), {
      onEpoch: (report, checkpoint) => void epochs.push(report.epoch, checkpoint.epoch),
    });
    expect(epochs).toEqual([0, 1, 1, 2, 2, 3]);
    expect(there.numbers).toEqual(here.numbers);
    expect(there.best).toEqual(here.best);
    const accuracies = await pool.run('evaluate', {
      network: stripePlan.network,
      numbers: there.numbers,
      dataset: stripeData.validation,
      evaluation: stripePlan.evaluation,
      seed: 1,
      engine: { threads: 1 },
    });
    expect(accuracies.standard).toBeGreaterThan(0.9);
  });

  it('stops at once when aborted, and when a hook fails', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const long = { ...task(), plan: { ...stripePlan, epochs: 10_000 } };
    const aborted = trainInThread(pool, long, { onEpoch: () => controller.abort(reason) }, controller.signal);
    await expect(aborted).rejects.toBe(reason);
    const failing = trainInThread(pool, long, {
      onEpoch: () => {
        throw new Error('disk full');
      },
    });
    await expect(failing).rejects.toThrow('disk full');
  });

  it('passes on the error of a diverging run', async () => {
    const plan = { ...stripePlan, clip: 0, learningRate: { base: 1e30 } };
    await expect(trainInThread(pool, { ...task(), plan })).rejects.toThrow(/epoch 1, step \d/);
  });
});
