import { describe, expect, it } from 'vitest';
import type { BoxOutcome } from './boxBatch.ts';
import type { BoxDomain } from './boxDomain.ts';
import { remainder } from './remainder.ts';
import { halves } from './splitBox.ts';

const domain = (lower: number[], upper: number[], more: Partial<BoxDomain> = {}): BoxDomain => ({
  number: 0,
  lower: Float64Array.from(lower),
  upper: Float64Array.from(upper),
  bounds: {},
  conjunctions: [0],
  margin: -1,
  influence: Float64Array.from(lower, (l, i) => upper[i] - l),
  weights: Float32Array.of(1),
  ...more,
});

const volume = ({ lower, upper }: BoxDomain): number => lower.reduce((v, l, i) => v * (upper[i] - l), 1);

describe('halving', () => {
  it('covers the box, along the widest influence, until the batch is full', () => {
    const { parts, tiny } = halves([domain([0, -1], [4, 1])], 8);
    expect(tiny).toBe(0);
    expect(parts).toHaveLength(8);
    expect(parts.reduce((sum, p) => sum + volume(p), 0)).toBeCloseTo(8, 12);
    for (const x of [0, 0.3, 1, 2, 3.9, 4])
      for (const y of [-1, -0.2, 0, 1]) {
        const inside = parts.filter((p) => [x, y].every((v, i) => v >= p.lower[i] && v <= p.upper[i]));
        expect(inside.length).toBeGreaterThan(0);
      }
    const [left, right] = halves([domain([0, -1], [4, 1])], 2).parts;
    expect([...left.upper, ...right.lower]).toEqual([2, 1, 2, -1]);
  });

  it('leaves out what is too small and halves the rest', () => {
    const point = domain([1, 1], [1, 1 + 1e-12]);
    expect(halves([point], 4)).toEqual({ parts: [], tiny: 1 });
    const { parts, tiny } = halves([point, domain([0, 0], [1, 0])], 4);
    expect([parts.length, tiny]).toEqual([4, 1]);
    expect(parts.reduce((sum, p) => sum + p.upper[0] - p.lower[0], 0)).toBeCloseTo(1, 12);
  });
});

describe('the remainder of a box', () => {
  // Rows: x ≥ 0.75 is safe by row 0, x ≤ 0.25 by row 1, row 2 is safe everywhere.
  const outcome: BoxOutcome = {
    bounds: { 1: { lower: Float32Array.of(-1, 1, -2), upper: Float32Array.of(1, 2, 3) } },
    lower: (row) => [-0.75, -0.75, 0.1][row],
    coefficients: Float32Array.of(1, 0, -1, 0, 0, 0),
    looseness: Float32Array.of(1, 2),
    constant: Float64Array.of(-0.75, 0.25, 0.1),
    values: new Float32Array(12),
    point: () => new Float32Array(2),
  };
  const task = domain([0, 0], [1, 1], { conjunctions: [0, 1, 2], weights: new Float32Array(3).fill(1) });

  it('is the hull of what each open conjunction leaves', () => {
    const left = remainder(task, outcome, [[0], [1], [2]])!;
    expect(left.conjunctions).toEqual([0, 1]);
    expect([left.lower[0], left.upper[0]]).toEqual([0, 1]);
    expect(left).toMatchObject({ margin: -0.75, weights: Float32Array.of(1, 1, 0) });
    expect(left.influence[1]).toBeGreaterThan(left.influence[0]);
  });

  it('is where all rows of a conjunction can be unsafe', () => {
    const both = remainder({ ...task, conjunctions: [0] }, outcome, [[0, 1]])!;
    expect(both.lower[0]).toBeCloseTo(0.25, 9);
    expect(both.upper[0]).toBeCloseTo(0.75, 9);
    expect(remainder({ ...task, conjunctions: [0] }, outcome, [[0, 2]])).toBeUndefined();
  });
});
