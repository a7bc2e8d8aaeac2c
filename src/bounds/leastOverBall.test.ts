import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { compile } from '../engine/compile.ts';
import { constant, float32, interpret, type Tensor } from '../tensor/index.ts';
import { ballKeys, ballNorm, type BallNorm, type BallParts } from './ball.ts';
import { ballIn } from './box.ts';
import { concretize, concretizeSoundly, minimizer, type BoxTensors } from './concretize.ts';

const numbersOf = (t: Tensor): Float64Array =>
  interpret({ inputs: [], outputs: [t], outputNames: ['t'] }, [])[0];

const zeros = (rows: number) => constant(new Float64Array(rows), [rows]);
const boundOf = (a: Float64Array, rows: number) => ({
  coefficients: constant(a, [rows, a.length / rows]),
  constant: zeros(rows),
  rounding: zeros(rows),
  variance: zeros(rows),
});

interface Problem {
  readonly norm: BallNorm;
  readonly center: Float64Array;
  readonly radius: Float64Array;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  readonly a: Float64Array;
}

const tensorsOf = ({ norm, center, radius, lower, upper }: Problem): BoxTensors => {
  const box = ballIn({ norm, center, radius }, lower, upper);
  const row = (v: Float32Array): Tensor => constant(v, [1, v.length]);
  const parts = (box.l1 ?? box.l2)!;
  const ball: BallParts<Tensor> = {
    center: row(parts.center),
    radius: row(parts.radius),
    below: row(parts.below),
    above: row(parts.above),
  };
  return { center: row(box.center), radius: row(box.radius), ...(norm === 2 ? { l2: ball } : { l1: ball }) };
};

/** The least a·x by sorting (l1) or by bisection of μ to the last digit (l2). */
function exactLeast({ norm, center, radius, lower, upper, a }: Problem): number {
  const reach = a.map((v, i) => Math.abs(v) * radius[i]);
  const share = a.map((v, i) =>
    Math.min(1, (v > 0 ? center[i] - lower[i] : upper[i] - center[i]) / radius[i]),
  );
  const start = a.reduce((sum, v, i) => sum + v * center[i], 0);
  const gain = (u: ArrayLike<number>): number => reach.reduce((sum, v, i) => sum + v * u[i], 0);
  if (norm === 1) {
    const order = [...reach.keys()].sort((i, j) => reach[j] - reach[i]);
    let left = 1;
    const u = new Float64Array(a.length);
    for (const i of order) left -= u[i] = Math.min(left, share[i]);
    return start - gain(u);
  }
  let [low, high] = [0, Math.hypot(...reach) + 1];
  const moves = (mu: number) => reach.map((v, i) => Math.min(share[i], mu > 0 ? v / mu : Infinity));
  for (let k = 0; k < 60; k++) {
    const middle = (low + high) / 2;
    if (Math.hypot(...moves(middle)) > 1) low = middle;
    else high = middle;
  }
  return start - gain(moves(high));
}

function problem(norm: BallNorm, seed: string): Problem {
  const rng = createRng(seed);
  const n = 1 + rng.integer(30);
  const draw = (low: number, high: number): Float64Array =>
    rng.fillUniform(new Float64Array(n), low, high).map(Math.fround);
  // Like pixels: some at the ends of their range, where the box leaves no room to one side.
  const center = draw(-0.5, 1.5).map((v) => Math.min(1, Math.max(0, v)));
  return {
    norm,
    center,
    radius: draw(0.1, rng.uniform(0.2, 3)),
    lower: new Float64Array(n),
    upper: new Float64Array(n).fill(1),
    a: draw(-1, 1),
  };
}

describe.each([1, 2] as const)('linear functions over l%d balls within a box', (norm) => {
  it('are bounded by their least value, nearly', () => {
    for (let k = 0; k < 60; k++) {
      const given = problem(norm, `least ${k}`);
      const exact = exactLeast(given);
      const set = tensorsOf(given);
      const bound = boundOf(given.a, 1);
      const { lower, rounding } = concretizeSoundly(bound, set);
      const sound = numbersOf(lower)[0] - numbersOf(rounding)[0];
      expect(sound).toBeLessThanOrEqual(exact + 1e-12);
      const size = given.a.reduce((sum, v, i) => sum + Math.abs(v) * (1 + given.radius[i]), 0);
      expect(exact - sound).toBeLessThan(2e-3 * size);
      expect(numbersOf(concretize(bound, set))[0]).toBeCloseTo(numbersOf(lower)[0], 9);
    }
  });

  it('have their minimiser in the set, with the value of the bound', () => {
    for (let k = 0; k < 40; k++) {
      const given = problem(norm, `point ${k}`);
      const set = tensorsOf(given);
      const bound = boundOf(given.a, 1);
      const point = numbersOf(minimizer(bound.coefficients, set));
      expect(ballNorm(norm, point, given.center, given.radius)).toBeLessThan(1 + 1e-4);
      point.forEach((v) => expect(Math.abs(v - 0.5)).toBeLessThan(0.5 + 1e-5));
      const value = point.reduce((sum, v, i) => sum + v * given.a[i], 0);
      const lower = numbersOf(concretize(bound, set))[0];
      expect(value).toBeGreaterThanOrEqual(lower - 1e-9);
      expect(value - lower).toBeLessThan(2e-3 * (1 + Math.abs(lower)));
    }
  });

  it('meet the dual norm where the box leaves all room', () => {
    const rng = createRng('closed form');
    const [n, rows] = [12, 3];
    const a = rng.fillUniform(new Float64Array(rows * n), -1, 1);
    const center = rng.fillUniform(new Float64Array(n), -1, 1).map(Math.fround);
    const radius = rng.fillUniform(new Float64Array(n), 0.1, 0.5).map(Math.fround);
    const given = {
      norm,
      center,
      radius,
      lower: new Float64Array(n).fill(-9),
      upper: new Float64Array(n).fill(9),
      a,
    };
    const found = numbersOf(concretize(boundOf(a, rows), tensorsOf(given)));
    for (let r = 0; r < rows; r++) {
      const row = a.subarray(r * n, (r + 1) * n);
      const reach = row.map((v, i) => Math.abs(v) * radius[i]);
      const dual = norm === 2 ? Math.hypot(...reach) : Math.max(...reach);
      const wanted = row.reduce((sum, v, i) => sum + v * center[i], 0) - dual;
      expect(found[r]).toBeCloseTo(wanted, 5);
    }
  });
});

describe('bounds over balls in the engine', () => {
  it.each([1, 2] as const)(
    'l%d: stay below the exact value once rounding is taken off, by little',
    async (norm) => {
      const n = 600;
      const rng = createRng(`engine ${norm}`);
      const draw = (low: number, high: number): Float64Array =>
        rng.fillUniform(new Float64Array(n), low, high).map(Math.fround);
      const center = draw(-0.5, 1.5).map((v) => Math.min(1, Math.max(0, v)));
      const [lower, upper] = [new Float64Array(n), new Float64Array(n).fill(1)];
      const radius = new Float64Array(n).fill(norm === 1 ? 5 : 1.5);
      const set = ballIn({ norm, center, radius }, lower, upper);
      const row = float32([1, n]);
      const parts = { center: row, radius: row, below: row, above: row };
      const program = compile(
        ({ a, box }) => {
          const none = constant(new Float64Array(4), [4]);
          return concretizeSoundly({ coefficients: a, constant: none, rounding: none }, box);
        },
        { a: float32([4, n]), box: { center: row, radius: row, ...ballKeys(norm, parts) } },
        { threads: 1 },
      );
      const a = rng.fillUniform(new Float32Array(4 * n), -1, 1);
      const found = await program.run({ a, box: set });
      for (let r = 0; r < 4; r++) {
        const coefficients = Float64Array.from(a.subarray(r * n, (r + 1) * n));
        const exact = exactLeast({ norm, center, radius, lower, upper, a: coefficients });
        const [value, slack] = [found.lower.data[r], found.rounding.data[r]];
        expect(value - slack).toBeLessThanOrEqual(exact);
        expect(value - slack).toBeGreaterThan(exact - 5e-3 * Math.abs(exact));
        expect(slack).toBeLessThan(2e-3);
      }
    },
  );
});

describe('covering a ball in f32', () => {
  it('holds the ball around a centre that f32 does not hold', () => {
    const center = Float64Array.of(0.1, -0.7, 1 / 3);
    const radius = Float64Array.of(0.3, 1e-3, 2);
    for (const norm of [1, 2] as const) {
      const set = ballIn({ norm, center, radius }, [-1, -1, -1], [1, 1, 1]);
      const { center: near, radius: wide, below, above } = (norm === 2 ? set.l2 : set.l1)!;
      for (let i = 0; i < 3; i++)
        for (const side of [1, -1]) {
          const x = center.slice();
          x[i] = Math.min(1, Math.max(-1, x[i] + side * radius[i]));
          expect(ballNorm(norm, x, near, wide)).toBeLessThanOrEqual(1);
          expect(near[i] - below[i]).toBeLessThanOrEqual(x[i]);
          expect(near[i] + above[i]).toBeGreaterThanOrEqual(x[i]);
        }
    }
  });

  it('wants radii above 0', () => {
    const ball = { norm: 2 as const, center: new Float64Array(2), radius: Float64Array.of(1, 0) };
    expect(() => ballIn(ball, [-1, -1], [1, 1])).toThrow(/input 1: .* radius 0/);
  });
});
