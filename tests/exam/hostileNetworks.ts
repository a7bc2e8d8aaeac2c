/** @file Networks that break careless floating-point reasoning, each with a property and the points to ask. */
import type { Rng } from '../../src/data/rng.ts';
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';
import { chainOf, copies, type Step } from './chainNetwork.ts';
import { dot, evaluateExactly, numberAbove } from './dyadic.ts';

/** "coefficients·y ≤ bound somewhere in the box" asked of a network. */
export interface HostileQuestion {
  readonly name: string;
  readonly net: NumberedNetwork;
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly coefficients: readonly number[];
  readonly bound: number;
  /** Points where the property may be violated, in f32. */
  readonly points: readonly (readonly number[])[];
  /** Known to hold nowhere, by construction. */
  readonly safe?: boolean;
}

const single = Math.fround;
const between = (rng: Rng, low: number, high: number): number => rng.uniform(low, high);
const whole = (rng: Rng, low: number, high: number): number => low + rng.integer(high - low + 1);

/** The property is violated at the point by equality, as near as f64 numbers tell. */
function tightAt(
  name: string,
  net: NumberedNetwork,
  ends: { readonly lower: readonly number[]; readonly upper: readonly number[] },
  point: readonly number[],
  coefficients: readonly number[] = [1],
): HostileQuestion {
  const bound = numberAbove(dot(coefficients, evaluateExactly(net, point)));
  return { name, net, ...ends, coefficients, bound, points: [point] };
}

/** Ends of one input in f32. */
function interval(rng: Rng, low: number, high: number): { lower: number[]; upper: number[] } {
  const start = single(between(rng, low, high));
  return { lower: [start], upper: [single(start + between(rng, 0.01, 0.5))] };
}

/** A small network whose layers are multiplied by powers of two that cancel: the function stays. */
function rescaled(rng: Rng): HostileQuestion {
  const inputs = whole(rng, 1, 2);
  const widths = [inputs, whole(rng, 3, 6), whole(rng, 3, 6), 1];
  const short = (): number => whole(rng, -64, 64) / 32;
  const powers = [whole(rng, -120, 120), whole(rng, -120, 120)];
  const last = -Math.max(-140, Math.min(120, powers[0] + powers[1]));
  let before = 0;
  const steps = [...powers, last].flatMap((power, k): Step[] => {
    before += power;
    const shift = before;
    const scaled = (f: number): number => short() * f;
    return [
      {
        rows: Array.from({ length: widths[k + 1] }, () => copies(widths[k], 0).map(() => scaled(2 ** power))),
        bias: copies(widths[k + 1], 0).map(() => scaled(2 ** shift)),
      },
      ...(k < 2 ? (['relu'] as const) : []),
    ];
  });
  const net = chainOf([inputs], steps);
  const ends = { lower: copies(inputs, -1), upper: copies(inputs, 1) };
  const grid = Array.from({ length: inputs === 1 ? 257 : 289 }, (_, i) =>
    inputs === 1 ? [i / 128 - 1] : [(i % 17) / 8 - 1, Math.floor(i / 17) / 8 - 1],
  );
  const side = rng.integer(2) === 0 ? 1 : -1;
  const values = grid.map((x) => numberAbove(dot([side], evaluateExactly(net, x))));
  const least = values.reduce((best, v, i) => (v < values[best] ? i : best), 0);
  return tightAt(`rescaled by 2^${powers}`, net, ends, grid[least], [side]);
}

/** Equal elements through the same products: all of them round the same way. */
function systematic(rng: Rng): HostileQuestion {
  const ends = interval(rng, 0.5, 2);
  const elements = 2 ** whole(rng, 6, 10);
  const scale = single(1 + between(rng, -1, 1) * 2 ** -whole(rng, 8, 20));
  const shift = rng.integer(2) === 0 ? undefined : single(between(rng, 0, 1e-3));
  const steps: Step[] = [{ rows: copies(elements, [1]) }];
  const depth = whole(rng, 10, 32);
  for (let k = 0; k < depth; k++) steps.push({ scale, ...(shift !== undefined && { shift }) }, 'relu');
  steps.push({ rows: [copies(elements, 1)] });
  return tightAt(`${depth} equal products on ${elements} elements`, chainOf([1], steps), ends, ends.lower);
}

/** The same on an image of independent inputs, with an average at the end. */
function systematicImage(rng: Rng): HostileQuestion {
  const size = 2 ** whole(rng, 2, 4);
  const start = single(between(rng, 0.5, 2));
  const scale = single(1 + between(rng, -1, 1) * 2 ** -whole(rng, 8, 20));
  const steps: Step[] = [];
  const depth = whole(rng, 6, 20);
  const product: Step = rng.integer(2) === 0 ? { scale } : { kernel: scale };
  for (let k = 0; k < depth; k++) steps.push(product, 'relu');
  steps.push('globalAvgPool2d', 'flatten');
  const all = copies(size * size, start);
  const ends = { lower: all, upper: all.map((v) => single(v + 0.25)) };
  return tightAt(`${depth} products on an image`, chainOf([1, size, size], steps), ends, all);
}

/** Tiny constants added many times, then a large one: the sum of constants loses them. */
function constants(rng: Rng): HostileQuestion {
  const ends = interval(rng, 0, 1);
  const shift = single(2 ** -24 * between(rng, 0.1, 0.9));
  const first: Step = { scale: single(2 ** -whole(rng, 10, 26)) };
  const steps: Step[] = [first];
  const depth = whole(rng, 20, 50);
  for (let k = 0; k < depth; k++) steps.push({ shift }, 'relu');
  steps.push({ shift: single(between(rng, 1, 100)) });
  const side = rng.integer(2) === 0 ? 1 : -1;
  return tightAt(`${depth} tiny constants`, chainOf([1], steps), ends, side > 0 ? ends.lower : ends.upper, [
    side,
  ]);
}

/** Chords of many neurons, whose intercepts add up; the bound is tight at the end of the box. */
function intercepts(rng: Rng): HostileQuestion {
  const [low, high] = [-1, 1];
  const neurons = 2 ** whole(rng, 6, 11);
  const kink = single(between(rng, -0.9, 0.9));
  const weight = single(between(rng, 0.1, 1));
  const net = chainOf(
    [1],
    [
      { rows: copies(neurons, [1]), bias: copies(neurons, -kink) },
      'relu',
      { rows: [copies(neurons, weight)], bias: [single(between(rng, 0, 1000))] },
    ],
  );
  return tightAt(`${neurons} intercepts`, net, { lower: [low], upper: [high] }, [high], [-1]);
}

/** Large constants that cancel: x + c − c, in elementwise layers or between two matrices. */
function cancelling(rng: Rng): HostileQuestion {
  const ends = interval(rng, 0, 1);
  const large = single(10 ** between(rng, 6, 17)) * (rng.integer(2) === 0 ? 1 : -1);
  const forms: Step[][] = [
    [{ shift: large }, { shift: -large }],
    [{ rows: [[1], [0]], bias: [large, large] }, { rows: [[1, -1]] }],
    [
      { rows: [[1], [1]], bias: [large, -large] },
      { rows: [[0.5, 0.5]], bias: [0] },
    ],
    [{ rows: [[1], [1], [1], [1]], bias: [1, large, 1, -large] }, { rows: [[1, 1, 1, 1]] }],
    [{ rows: [[large], [-large], [1]] }, { rows: [[1, 1, 1]] }],
    [
      { rows: [[1]], bias: [large] },
      { gamma: 1, beta: 0, mean: large },
    ],
    [
      { gamma: 1, beta: large, mean: 0 },
      { rows: [[1]], bias: [-large] },
    ],
  ];
  const form = whole(rng, 0, forms.length - 1);
  const net = chainOf([1], [...forms[form], { rows: [[1], [-1]] }, 'relu', { rows: [[1, -1]] }]);
  const side = rng.integer(2) === 0 ? 1 : -1;
  return tightAt(`${large} cancels (${form})`, net, ends, side > 0 ? ends.lower : ends.upper, [side]);
}

/** Weights in the range of denormal numbers, with gains behind that bring the values back. */
function denormal(rng: Rng): HostileQuestion {
  const ends = interval(rng, 1, 2);
  const odd = 2 * whole(rng, 0, 7) + 1;
  const net = chainOf(
    [1],
    [
      { rows: [[odd * 2 ** -149], [odd * 2 ** -149]] },
      'relu',
      { rows: [[2 ** 100, 2 ** 100]] },
      'relu',
      { rows: [[2 ** 48]] },
    ],
  );
  const side = rng.integer(2) === 0 ? 1 : -1;
  return tightAt(`weights ${odd}·2^-149`, net, ends, side > 0 ? ends.lower : ends.upper, [side]);
}

/** One sum of thousands of equal terms. */
function longSum(rng: Rng): HostileQuestion {
  const ends = interval(rng, 0, 1);
  const terms = whole(rng, 2000, 10_000);
  const weight = single(between(rng, 0.05, 1));
  const net = chainOf(
    [1],
    [
      { rows: copies(terms, [1]), bias: copies(terms, single(between(rng, 0.1, 10))) },
      'relu',
      { rows: [copies(terms, weight)] },
    ],
  );
  const side = rng.integer(2) === 0 ? 1 : -1;
  return tightAt(`${terms} terms`, net, ends, side > 0 ? ends.lower : ends.upper, [side]);
}

/** Safe in real numbers; f32 absorbs small terms beside a large one, in some orders, and then it is not. */
function absorbing(rng: Rng): HostileQuestion {
  const ends = interval(rng, 0, 1);
  const small = whole(rng, 50, 300);
  const value = single(between(rng, 0.3, 0.999));
  const dead = rng.integer(2) === 0;
  const constant = (v: number): Step => ({
    rows: [[dead ? 0 : 1e-9], ...copies(small, [dead ? 0 : 1e-9]), [1]],
    bias: [2 ** 24, ...copies(small, v), 0],
  });
  const net = chainOf(
    [1],
    [
      constant(value),
      'relu',
      {
        rows: [
          [1, ...copies(small, 1), 0],
          [1, ...copies(small + 1, 0)],
        ],
      },
      'relu',
      { rows: [[1, -1]] },
    ],
  );
  return {
    name: `${small} terms beside 2^24${dead ? ', constant' : ''}`,
    net,
    ...ends,
    coefficients: [1],
    bound: (small * value) / 2,
    points: [ends.lower, ends.upper],
  };
}

/** Moderate numbers, and a bound with room: it has to be proved. */
function moderate(rng: Rng): HostileQuestion {
  const ends = interval(rng, 0.5, 1);
  const elements = whole(rng, 4, 32);
  const steps: Step[] = [{ rows: copies(elements, [1]) }];
  const scale = single(between(rng, 0.9, 1.1));
  for (let k = 0; k < 10; k++) steps.push({ scale }, 'relu');
  steps.push({ rows: [copies(elements, 1)] });
  const { bound, ...question } = tightAt('moderate', chainOf([1], steps), ends, ends.lower);
  return { ...question, bound: bound - 0.01 * Math.abs(bound), points: [], safe: true };
}

/** All kinds, in the order in which they are asked. */
export const hostileKinds: Readonly<Record<string, (rng: Rng) => HostileQuestion>> = {
  rescaled,
  systematic,
  systematicImage,
  constants,
  intercepts,
  cancelling,
  denormal,
  longSum,
  absorbing,
  moderate,
};
