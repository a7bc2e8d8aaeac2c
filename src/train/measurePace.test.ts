import { describe, expect, it } from 'vitest';
import { closeSessions, openSessionCount } from '../engine/backend/session.ts';
import { stripeNetwork, stripePlan } from './fixture.testing.ts';
import { measureAccuracies, measureBounds, measureStep, passSeconds } from './measurePace.ts';

const aSecondOrSo = 5;

describe('the pace of training', () => {
  it.each(['fgsm', 'crownIbp', 'natural'])(
    'has a time for a step of %s, and closes its session',
    async (objective) => {
      // Of other files in this process, so many may be open that one more closes one.
      await closeSessions();
      const before = openSessionCount();
      const regularizers = { nrs: { weight: 0.1 } };
      const seconds = await measureStep(
        { ...stripePlan, objective, regularizers },
        ['conv1.weight'],
        0.02,
        0.05,
      );
      expect(seconds).toBeGreaterThan(0);
      expect(seconds).toBeLessThan(aSecondOrSo);
      expect(openSessionCount()).toBe(before);
    },
  );

  it('has a time for a batch of accuracies and of bounds', async () => {
    const images = { epsilon: 0.05, images: 30, crown: true };
    const passes = [
      await measureAccuracies(stripePlan, 0.1),
      await measureBounds(stripePlan, images, 30, 0.1),
      await measureAccuracies({ ...stripePlan, network: stripeNetwork }, 0),
    ];
    expect(passes.map(({ batchSize }) => batchSize)).toEqual([32, 30, 32]);
    for (const { batchSeconds, onceSeconds } of passes) {
      expect(batchSeconds).toBeGreaterThan(0);
      expect(batchSeconds + onceSeconds).toBeLessThan(aSecondOrSo);
      expect(onceSeconds).toBeGreaterThanOrEqual(0);
    }
    expect(passes[2].onceSeconds).toBe(0);
  });

  it('counts whole batches, and nothing without images', () => {
    const pace = { onceSeconds: 1, batchSeconds: 2, batchSize: 100 };
    expect([0, 1, 100, 101, 1000].map((images) => passSeconds(pace, images))).toEqual([0, 3, 3, 5, 21]);
  });
});
