import { describe, expect, it } from 'vitest';
import { certifiedCurve, curveAt, parseRadii, radiiCsv, radiusHistogram, type RadiusRow } from './radii.ts';

const row = (index: number, lower: number, upper: number, more: Partial<RadiusRow> = {}): RadiusRow => ({
  index,
  label: 1,
  prediction: 1,
  lower,
  upper,
  lowerBy: 'crown',
  upperBy: upper < Infinity ? 'attack' : '',
  why: '',
  questions: 3,
  seconds: 0.5,
  domains: 4,
  checked: 'yes',
  arithmetic: 'float32',
  witness: '',
  norm: 'inf',
  tolerance: 0.001,
  timeoutSeconds: Infinity,
  ...more,
});
const rows = [
  row(0, 0.1, 0.11),
  row(1, 0.25, 0.3),
  row(2, 0.5, Infinity),
  row(3, 0, 0, { prediction: 0, lowerBy: '', upperBy: 'clean' }),
];

describe('certified radii', () => {
  it('are read as they were written', () => {
    expect(parseRadii(radiiCsv(rows), 'radii.csv')).toEqual(rows);
  });

  it.each([
    ['index,label\n1,2\n', 'line 1: column prediction, lower'],
    [radiiCsv(rows).replace('0.25', 'x'), 'line 3: column "lower" holds "x"'],
    [radiiCsv(rows).replace('0.25', ''), 'line 3: column "lower" holds ""'],
  ])('are refused where they are damaged', (text, message) => {
    expect(() => parseRadii(text, 'radii.csv')).toThrow(message);
  });

  it('tell certified accuracy at every radius: proofs at larger ones count', () => {
    expect(curveAt(rows, 0)).toEqual({ radius: 0, certified: 3, standing: 3, images: 4 });
    expect(curveAt(rows, 0.2)).toMatchObject({ certified: 2, standing: 2 });
    expect(curveAt(rows, 0.28)).toMatchObject({ certified: 1, standing: 2 });
    const curve = certifiedCurve(rows);
    expect(curve.map(({ radius }) => radius)).toEqual([0, 0.1, 0.11, 0.25, 0.3, 0.5]);
    for (const [i, point] of curve.entries()) {
      expect(point.certified).toBeLessThanOrEqual(point.standing);
      if (i > 0) expect(point.certified).toBeLessThanOrEqual(curve[i - 1].certified);
    }
  });

  it('fall into stretches of round length, every image that is classified rightly into one', () => {
    const bins = radiusHistogram(rows, 12);
    expect(bins.reduce((sum, { images }) => sum + images, 0)).toBe(3);
    expect(bins[1]).toMatchObject({ from: 0.05, to: 0.1 });
    expect(bins.find(({ from }) => from === 0.1)?.images).toBe(1);
    expect(radiusHistogram([])).toEqual([{ from: 0, to: 0.01, images: 0 }]);
  });
});
