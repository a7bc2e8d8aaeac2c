import { describe, expect, it } from 'vitest';
import { batchPlan, directBatches, prefetchedBatches, type StepRequest } from './batchSource.ts';
import { stripeData, stripePlan } from './fixture.testing.ts';

const plan = batchPlan(stripePlan, stripeData.train);
const start = { start: [16, 1, 6, 6] };
const requests: StepRequest[] = [
  { epoch: 0, step: 0, noise: {} },
  { epoch: 0, step: 1, noise: start },
  { epoch: 0, step: 2, noise: start },
  { epoch: 0, step: 3, noise: { ...start, align: [16, 1, 6, 6] } },
  { epoch: 0, step: 4, noise: { align: [16, 1, 6, 6] } },
  { epoch: 0, step: 9, noise: start },
  { epoch: 1, step: 0, noise: start },
  { epoch: 3, step: 5, noise: start },
];

describe('batches made ahead', () => {
  it('are those made on the spot, whatever noise the next step asks for', async () => {
    const [direct, ahead] = [directBatches(plan), prefetchedBatches(plan)];
    try {
      for (const request of requests) {
        const wanted = await direct.at(request);
        const found = await ahead.at(request);
        expect(found).toEqual({ ...wanted, x: wanted.x.slice(), y: wanted.y.slice() });
        expect(Object.keys(found.noise)).toEqual(Object.keys(request.noise));
      }
    } finally {
      await ahead.close();
    }
  });

  it('name a step that an epoch does not have', async () => {
    const ahead = prefetchedBatches(plan);
    await expect(ahead.at({ epoch: 0, step: 99, noise: {} })).rejects.toThrow(/no step 99/);
    await ahead.close();
  });
});
