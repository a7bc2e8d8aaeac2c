import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { mcNemarExact, wilsonInterval } from './intervals.ts';

describe('wilsonInterval', () => {
  it('meets the textbook values', () => {
    // 8 of 10: Wilson 95 % is 0.4902 .. 0.9433.
    const { lower, upper } = wilsonInterval(8, 10);
    expect(lower).toBeCloseTo(0.4902, 4);
    expect(upper).toBeCloseTo(0.9433, 4);
    expect(wilsonInterval(0, 50)).toEqual({ lower: 0, upper: expect.closeTo(0.0714, 3) });
    expect(wilsonInterval(50, 50).upper).toBe(1);
    expect(wilsonInterval(0, 0)).toEqual({ lower: 0, upper: 1 });
  });

  it('holds the share, stays in 0..1, mirrors, and narrows with more images', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (total, u) => {
          const successes = Math.round(u * total);
          const { lower, upper } = wilsonInterval(successes, total);
          expect(lower).toBeGreaterThanOrEqual(0);
          expect(upper).toBeLessThanOrEqual(1);
          expect(lower).toBeLessThanOrEqual(successes / total);
          expect(upper).toBeGreaterThanOrEqual(successes / total);
          const mirror = wilsonInterval(total - successes, total);
          expect(mirror.lower).toBeCloseTo(1 - upper, 10);
          const more = wilsonInterval(successes * 4, total * 4);
          expect(more.upper - more.lower).toBeLessThan(upper - lower);
        },
      ),
    );
  });
});

describe('mcNemarExact', () => {
  it('is the two-sided sign test', () => {
    expect(mcNemarExact(0, 0)).toBe(1);
    expect(mcNemarExact(5, 5)).toBe(1);
    expect(mcNemarExact(6, 0)).toBeCloseTo(2 / 64, 12);
    expect(mcNemarExact(1, 9)).toBeCloseTo((2 * (1 + 10)) / 1024, 12);
  });

  it('is symmetric and survives large counts', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), (gained, lost) => {
        const p = mcNemarExact(gained, lost);
        expect(p).toBe(mcNemarExact(lost, gained));
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
      }),
    );
  });
});
