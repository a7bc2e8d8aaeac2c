import { afterAll, describe, expect, it } from 'vitest';
import { stripeData, stripePlan, stripeStart } from './fixture.testing.ts';
import { trainLoop } from './trainLoop.ts';
import { createTrainPool, evaluateInWorker, trainInWorker } from './trainTasks.ts';

describe('training in a worker', () => {
  const pool = createTrainPool();
  afterAll(() => pool.close());

  it('gives the same numbers as training here, epoch by epoch', async () => {
    const here = await trainLoop(stripePlan, stripeData, stripeStart());
    const epochs: number[] = [];
    const there = await trainInWorker(pool, stripePlan, stripeData, stripeStart(), {
      onEpoch: (report, checkpoint) => void epochs.push(report.epoch, checkpoint.epoch),
    });
    expect(epochs).toEqual([0, 1, 1, 2, 2, 3]);
    expect(there.numbers).toEqual(here.numbers);
    expect(there.best).toEqual(here.best);
    const accuracies = await evaluateInWorker(pool, {
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
    const long = { ...stripePlan, epochs: 10_000 };
    const aborted = trainInWorker(
      pool,
      long,
      stripeData,
      stripeStart(),
      { onEpoch: () => controller.abort(reason) },
      controller.signal,
    );
    await expect(aborted).rejects.toBe(reason);
    const failing = trainInWorker(pool, long, stripeData, stripeStart(), {
      onEpoch: () => {
        throw new Error('disk full');
      },
    });
    await expect(failing).rejects.toThrow('disk full');
  });

  it('passes on the error of a diverging run', async () => {
    const wild = { ...stripePlan, clip: 0, learningRate: { base: 1e30, milestones: [] } };
    await expect(trainInWorker(pool, wild, stripeData, stripeStart())).rejects.toThrow(/epoch 1, step \d/);
  });
});
