/** @file The walk in exact arithmetic, on numbers mantissa·2^exponent: slow, for small networks, to judge the f64 walk by. */
import { formats, gamma } from './bounds/arithmetic.ts';
import type { Frame } from './bounds/frame.ts';
import { chord, piece, tangentIntercept, tangentSlope } from './bounds/lines.ts';
import { change, clipsOf, type WalkRow } from './bounds/walk.ts';
import type { Arithmetic } from './contracts.ts';
import { CheckFailure } from './failure.ts';
import type { Affine, Graph } from './graph/graph.ts';

/** m·2^e */
interface Dyadic {
  readonly m: bigint;
  readonly e: number;
}

const zero: Dyadic = { m: 0n, e: 0 };
const view = new DataView(new ArrayBuffer(8));

/** The number that an f64 is. @throws CheckFailure not-finite */
export function dyadic(x: number): Dyadic {
  if (!Number.isFinite(x)) throw new CheckFailure('not-finite', `${x} in exact arithmetic.`);
  view.setFloat64(0, Math.abs(x));
  const bits = view.getBigUint64(0);
  const exponent = Number(bits >> 52n);
  const m = (bits & ((1n << 52n) - 1n)) | (exponent > 0 ? 1n << 52n : 0n);
  return { m: x < 0 ? -m : m, e: Math.max(exponent, 1) - 1075 };
}

export function plus(a: Dyadic, b: Dyadic): Dyadic {
  if (a.m === 0n) return b;
  if (b.m === 0n) return a;
  const e = Math.min(a.e, b.e);
  return { m: (a.m << BigInt(a.e - e)) + (b.m << BigInt(b.e - e)), e };
}
export const times = (a: Dyadic, b: Dyadic): Dyadic => ({ m: a.m * b.m, e: a.e + b.e });
const negative = (a: Dyadic): Dyadic => ({ m: -a.m, e: a.e });
const size = (a: Dyadic): Dyadic => (a.m < 0n ? negative(a) : a);
const less = (a: Dyadic, b: Dyadic): boolean => plus(a, negative(b)).m < 0n;

/** The greatest f64 that is not above a number, or one a little further below. */
export function floorOf({ m, e }: Dyadic): number {
  const negated = m < 0n;
  const digits = (negated ? -m : m).toString(2).length;
  const cut = digits - 53;
  if (digits + e > 1023) return negated ? -Infinity : Number.MAX_VALUE;
  if (m === 0n) return 0;
  /* >> rounds towards −∞, so the mantissa is not above the number's. */
  const mantissa = Number(cut > 0 ? m >> BigInt(cut) : m);
  const exponent = cut > 0 ? e + cut : e;
  const scaled = mantissa * 2 ** Math.max(exponent, -1000) * 2 ** Math.min(0, exponent + 1000);
  return exponent < -1000 ? scaled - 2 ** -1074 : scaled;
}

const ceilingOf = (a: Dyadic): number => -floorOf(negative(a));

/**
 * What an operation's result may be off: nothing but what the model's format rounds, and what its coefficients are not known
 * to, both by the definitions of the f64 walk: γ(n + 1 + extra)·S + least·(…), S = Σ|w|·M + |b|.
 */
function disturbance(
  op: Affine,
  i: number,
  magnitude: readonly Dyadic[],
  arithmetic: Arithmetic,
): { own: Dyadic; real: Dyadic; sum: Dyadic } {
  const { extra = 0, wobble = 0, gain = 0, exact } = op.rounding;
  let sum = dyadic(op.reach ? op.reach[i] : Math.abs(op.bias[i]));
  let inputs = zero;
  const p = op.pattern[i];
  const n = op.start[p + 1] - op.start[p];
  for (let k = op.start[p]; k < op.start[p + 1]; k++) {
    const m = magnitude[op.column[k]];
    sum = plus(sum, times(size(dyadic(op.weights[op.base[i] + op.offset[k]])), m));
    inputs = plus(inputs, m);
  }
  /* 1/(1 − x) ≤ 1 + x + 2x² for x ≤ 1/2. */
  const bound = (count: number, roundoff: number): Dyadic => {
    if (count * roundoff > 0.5) throw new CheckFailure('not-finite', `A sum of ${n} terms in this format.`);
    const x = dyadic(count * roundoff);
    return times(x, plus(plus(dyadic(1), x), times(dyadic(2), times(x, x))));
  };
  const real = wobble > 0 ? times(bound(wobble + 1, 2 ** -53), sum) : zero;
  let own = real;
  if (arithmetic.float !== 'none') {
    const format = formats[arithmetic.float];
    const least = dyadic(arithmetic.flush ? format.normal : format.subnormal);
    const count = n + 1 + extra + (format.roundoff > 2 ** -24 ? 2 : 0);
    const vanishing = times(times(least, dyadic(count)), plus(dyadic(1 + gain), inputs));
    own = plus(
      own,
      exact ? times(least, dyadic(2)) : plus(times(bound(count, format.roundoff), sum), vanishing),
    );
  }
  return { own, real, sum: plus(own, sum) };
}

/** Magnitudes, rounded up to f64, are all of a frame that the exact walk needs beside bounds. What overflows is found before, in f64. */
export function forwardExactly(graph: Graph, index: number, frame: Frame, arithmetic: Arithmetic): void {
  const op = graph.operations[index];
  const { lower, upper, magnitude, unit, realUnit } = frame;
  const magnitudes = new Proxy([] as Dyadic[], { get: (_, j) => dyadic(magnitude[Number(j)]) });
  for (let i = 0; i < op.size; i++) {
    const at = op.first + i;
    if (op.kind === 'bend') {
      const [j, q, kink] = [op.inputs[i], op.q[i], op.kinks[i]];
      const format = arithmetic.float === 'none' ? undefined : formats[arithmetic.float];
      const rounds = q !== 0 && Math.abs(q) !== 1 && format;
      const most = magnitude[j] * Math.max(1, Math.abs(q)) * (1 + 2 ** -50);
      const least = arithmetic.flush ? (format?.normal ?? 0) : (format?.subnormal ?? 0);
      const turns = kink !== 0 && format && format.roundoff > 2 ** -24;
      const own =
        ((rounds ? gamma(2, format.roundoff) * most + 2 * least * (1 + most) : 0) +
          (turns ? gamma(1, format.roundoff) * Math.abs(kink) + least : 0)) *
        (1 + 2 ** -40);
      const ends = [lower[j], upper[j]].map((z) =>
        z >= kink || q !== 0 ? times(dyadic(z), dyadic(z >= kink ? 1 : q)) : dyadic(kink),
      );
      if (lower[j] < kink && upper[j] > kink) ends.push(dyadic(kink));
      const [low, high] = [
        ends.reduce((a, b) => (less(a, b) ? a : b)),
        ends.reduce((a, b) => (less(a, b) ? b : a)),
      ];
      lower[at] = floorOf(plus(low, dyadic(-own)));
      upper[at] = ceilingOf(plus(high, dyadic(own)));
      magnitude[at] = Math.max(Math.abs(lower[at]), Math.abs(upper[at]));
      realUnit[at] = 0;
      unit[at] = own;
      continue;
    }
    const { own, real, sum } = disturbance(op, i, magnitudes, arithmetic);
    let [low, high] = [plus(dyadic(op.bias[i]), negative(own)), plus(dyadic(op.bias[i]), own)];
    const p = op.pattern[i];
    for (let k = op.start[p]; k < op.start[p + 1]; k++) {
      const w = op.weights[op.base[i] + op.offset[k]];
      const [l, u] = [lower[op.column[k]], upper[op.column[k]]].map((z) => times(dyadic(w), dyadic(z)));
      low = plus(low, w > 0 ? l : u);
      high = plus(high, w > 0 ? u : l);
    }
    const [a, b] = op.greaterOf?.map((elements) => elements[i]) ?? [];
    lower[at] = Math.max(floorOf(low), ...(op.greaterOf ? [lower[a], lower[b]] : []));
    upper[at] = Math.min(ceilingOf(high), op.greaterOf ? Math.max(upper[a], upper[b]) : Infinity);
    magnitude[at] = ceilingOf(sum);
    realUnit[at] = ceilingOf(real);
    unit[at] = ceilingOf(own);
  }
}

/** One row, exactly; its bound is rounded down at the end. Of a ball only the box counts. Lines are those of the f64 walk, and are checked to enclose. */
export function walkExactly(
  graph: Graph,
  frame: Frame,
  unit: Float64Array,
  row: WalkRow,
  end: number,
): number {
  const a: Dyadic[] = Array<Dyadic>(graph.size).fill(zero);
  const add = (element: number, by: Dyadic): void => void (a[element] = plus(a[element], by));
  let bound = plus(dyadic(row.constant), negative(dyadic(row.slack)));
  for (let k = 0; k < row.elements.length; k++) add(row.elements[k], dyadic(row.coefficients[k]));
  const alphas = row.alphas.slice();
  change(graph, row.changes, alphas);
  const clips = clipsOf(row.way);
  const boundsOf = (j: number): readonly [number, number] => {
    const { lower, upper } = clips.get(j) ?? { lower: frame.lower[j], upper: frame.upper[j] };
    return [lower, upper];
  };
  let number = row.betas.length;
  for (let { turn } = row.way; turn; turn = turn.before) {
    if (!turn.split) continue;
    const by = dyadic(turn.split.side * row.betas[--number]);
    a[turn.element] = plus(a[turn.element], negative(by));
    bound = plus(bound, times(by, dyadic(turn.split.point)));
  }
  for (let index = end - 1; index >= 0; index--) {
    const op = graph.operations[index];
    for (let i = 0; i < op.size; i++) {
      const own = a[op.first + i];
      if (own.m === 0n) continue;
      bound = plus(bound, negative(times(size(own), dyadic(unit[op.first + i]))));
      if (op.kind === 'affine') {
        bound = plus(bound, times(own, dyadic(op.bias[i])));
        const p = op.pattern[i];
        for (let k = op.start[p]; k < op.start[p + 1]; k++)
          add(op.column[k], times(own, dyadic(op.weights[op.base[i] + op.offset[k]])));
        continue;
      }
      const [j, q, kink] = [op.inputs[i], op.q[i], op.kinks[i]];
      const [l, u] = boundsOf(j);
      const f = (z: number): Dyadic =>
        z >= kink || q !== 0 ? times(dyadic(z), dyadic(z >= kink ? 1 : q)) : dyadic(kink);
      const straight = piece(l, u, q, kink);
      const touching = own.m > 0n === q <= 1;
      const byte = alphas[op.firstAlpha + i];
      const tangent = tangentSlope(byte, l, u, q, kink);
      const { slope, intercept } =
        straight ??
        (touching ? { slope: tangent, intercept: tangentIntercept(tangent, kink) } : chord(l, u, q, kink));
      /* A convex f is below its chord if it is at both ends, and above a line of a slope between its own if it is at the kink. */
      for (const z of touching ? [Math.min(Math.max(l, kink), u)] : [l, u]) {
        const gap = plus(plus(times(dyadic(slope), dyadic(z)), dyadic(intercept)), negative(f(z)));
        if (own.m > 0n ? gap.m > 0n : gap.m < 0n)
          throw new CheckFailure('not-finite', `A line of ${op.name} does not enclose it.`);
      }
      add(j, times(own, dyadic(slope)));
      bound = plus(bound, times(own, dyadic(intercept)));
    }
  }
  for (let j = 0; j < graph.inputs; j++)
    bound = plus(bound, times(a[j], dyadic(boundsOf(j)[a[j].m > 0n ? 0 : 1])));
  return floorOf(bound);
}
