import { describe, expect, it } from 'vitest';
import { learningRateAt, rateSchedules } from './learningRate.ts';

const base = { base: 0.1, options: { milestones: [4, 6] } };
const at = (schedule: string, epoch: number, batch = 0, more = {}) =>
  learningRateAt({ ...base, schedule, ...more }, { epoch, batch, batchesPerEpoch: 4 }, 8);

describe('learning-rate schedules', () => {
  it('have the values of their definitions', () => {
    expect([0, 3, 4, 6].map((e) => at('milestones', e, 2))).toEqual([0.1, 0.1, 0.1 * 0.1, 0.1 * 0.1 ** 2]);
    expect(at('cosine', 0)).toBe(0.1);
    expect(at('cosine', 4)).toBeCloseTo(0.05, 12);
    expect(at('cyclic', 0)).toBe(0);
    expect(at('cyclic', 1, 2)).toBeCloseTo((0.1 * 1.5) / 3.2, 12);
    expect(at('cyclic', 7, 3)).toBeCloseTo((0.1 * 0.25) / 4.8, 12);
    expect([3, 4, 6].map((e) => at('piecewise', e))).toEqual([0.1, 0.1 * 0.1, 0.1 * 0.01]);
  });

  it.each(rateSchedules.names())('%s stays within 0 and base; warm-up leads up to it', (schedule) => {
    for (let epoch = 0; epoch < 8; epoch++)
      for (let batch = 0; batch < 4; batch++) {
        const rate = at(schedule, epoch, batch);
        expect(rate).toBeGreaterThanOrEqual(0);
        expect(rate).toBeLessThanOrEqual(0.1);
        const warm = at(schedule, epoch, batch, { warmup: 2 });
        expect(warm).toBeCloseTo(rate * Math.min(1, (epoch + (batch + 1) / 4) / 2), 12);
      }
  });

  it('advance starts later in the schedule', () => {
    expect(at('milestones', 1, 0, { advance: 3 })).toBe(at('milestones', 4));
  });

  it('names what there is', () => {
    expect(() => at('steep', 0)).toThrow(/milestones, cosine, cyclic, piecewise/);
  });
});
