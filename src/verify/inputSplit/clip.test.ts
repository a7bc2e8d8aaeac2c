import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { clipBox } from './clip.ts';

const number = fc.double({ min: -4, max: 4, noNaN: true });

describe('clipping', () => {
  it('keeps every point where all rows are ≤ 0, and never grows the box', () => {
    const shares = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), number, number), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(
        shares,
        fc.array(fc.array(number, { minLength: 6, maxLength: 6 }), { maxLength: 4 }),
        (dims, rows) => {
          const lower = Float64Array.from(dims, ([, a, b]) => Math.min(a, b));
          const upper = Float64Array.from(dims, ([, a, b]) => Math.max(a, b));
          const point = dims.map(([share], i) =>
            Math.min(lower[i] + share * (upper[i] - lower[i]), upper[i]),
          );
          const minorants = rows.map((r) => ({ coefficients: r.slice(0, 5), constant: r[5] }));
          const [l, u] = [lower.slice(), upper.slice()];
          const left = clipBox(minorants, l, u);
          const unsafe = minorants.every(
            ({ coefficients, constant }) =>
              point.reduce((sum, x, i) => sum + coefficients[i] * x, constant) <= 0,
          );
          if (unsafe) {
            expect(left).toBe(true);
            point.forEach((x, i) => {
              expect(x).toBeGreaterThanOrEqual(l[i]);
              expect(x).toBeLessThanOrEqual(u[i]);
            });
          }
          l.forEach((v, i) => expect(v).toBeGreaterThanOrEqual(lower[i]));
          u.forEach((v, i) => expect(v).toBeLessThanOrEqual(upper[i]));
        },
      ),
    );
  });

  it('cuts to where one row, then the next, can be unsafe', () => {
    const [lower, upper] = [Float64Array.of(0, 0), Float64Array.of(1, 1)];
    // x₀ + x₁ ≤ 1/2 and x₀ ≥ 1/4.
    const rows = [
      { coefficients: [1, 1], constant: -0.5 },
      { coefficients: [-1, 0], constant: 0.25 },
    ];
    expect(clipBox(rows, lower, upper)).toBe(true);
    [0.25, 0].forEach((v, i) => expect(lower[i]).toBeCloseTo(v, 9));
    [0.5, 0.25].forEach((v, i) => expect(upper[i]).toBeCloseTo(v, 9));
    expect(clipBox([{ coefficients: [1, 0], constant: 0.1 }], lower, upper)).toBe(false);
  });

  it('keeps the only point where a long sum of equal terms is 0, though every addition rounds alike', () => {
    const terms = 150_528;
    const value = 0.060110000000000004;
    const [lower, upper] = [new Float64Array(terms).fill(value), new Float64Array(terms).fill(value)];
    // 60 bits after the point hold the value, and so the sum, exactly; rounded up, it is at most the constant.
    const sum = Number(BigInt(value * 2 ** 60) * BigInt(terms)) / 2 ** 60;
    const constant = -sum * (1 + 2 ** -52);
    expect(clipBox([{ coefficients: new Float64Array(terms).fill(1), constant }], lower, upper)).toBe(true);
  });
});
