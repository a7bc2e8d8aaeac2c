import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proofRows } from './proofRows.ts';

const values = fc.double({ min: -100, max: 100, noNaN: true });

describe('rows for f32 programs', () => {
  it('leave exact rows as they are', () => {
    const row = { coefficients: Float64Array.of(1, -1, 0.5), bound: 0.25 };
    const output = { lower: Float32Array.of(-5, -5, -5), upper: Float32Array.of(5, 5, 5) };
    expect(proofRows([[row]], output)).toEqual([[row]]);
  });

  it('hold f32 numbers and imply the rows given', () => {
    fc.assert(
      fc.property(
        fc.tuple(values, values),
        fc.tuple(values, values),
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
        (c, ends, t) => {
          const reach = ends.map(Math.abs);
          const output = {
            lower: Float32Array.from(reach, (r) => -r - 1),
            upper: Float32Array.from(reach, (r) => r + 1),
          };
          const [[row]] = proofRows([[{ coefficients: Float64Array.from(c), bound: 0 }]], output);
          const y = t.map((s, i) => output.lower[i] + s * (output.upper[i] - output.lower[i]));
          const given = c[0] * y[0] + c[1] * y[1];
          const proved = row.coefficients[0] * y[0] + row.coefficients[1] * y[1] - row.bound;
          expect(row.coefficients).toEqual(
            Float64Array.from(c, (v) => (Math.abs(v) < 2 ** -126 ? 0 : Math.fround(v))),
          );
          expect(given).toBeGreaterThanOrEqual(proved - 1e-9);
        },
      ),
    );
  });
});
