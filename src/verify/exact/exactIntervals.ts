/** @file Intervals of a network in f64 that are exact where its arithmetic is: they decide ties. */
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import { layerShapes } from '../../nn/shapes.ts';
import { sizeOf } from '../../tensor/index.ts';
import type { OutputRow, Specification } from '../specification.ts';
import { linearMapOf, windowPositions } from './linearMap.ts';

interface Ends {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Multiplications up to which the pass is worth its time: a second or so. */
const mostTerms = 2e7;
/** What an f64 product loses where it underflows. */
const leastNumber = 2 ** -1074;
/** Numbers that layers compute from their parameters (batch norms, averages) are off by this share at most. */
const computedError = 2 ** -48;

/** The error of the f64 sum a + b = s (Knuth's two-sum): what is missing, exactly. */
function lostBySum(a: number, b: number, s: number): number {
  const t = s - a;
  return Math.abs(a - (s - t) + (b - t));
}

/** What the f64 product a·b = p misses, at most; 0 where both factors are short. */
function lostByProduct(a: number, b: number, p: number): number {
  if (a === 0 || b === 0 || Math.abs(a) === 1 || Math.abs(b) === 1) return 0;
  // Two f32 numbers have a product of 48 digits.
  if (Math.fround(a) === a && Math.fround(b) === b && Math.abs(p) > 2 ** -900) return 0;
  return Math.abs(p) * 2 ** -53 + leastNumber;
}

/** Unit roundoff of f32, and once more for the roundings of the sizes themselves. */
const unitSingle = 2 ** -24 * (1 + 2 ** -6);

/**
 * Adds up weighted intervals with all errors made here, and those that f32 may make of the same sum in any order: none
 * where it has one term at most that is not 0, and f32 holds it.
 */
function sumOf(bias: number) {
  let [low, high, lost] = [bias, bias, 0];
  let size = Math.abs(bias);
  let terms = bias === 0 ? 0 : 1;
  let held = Math.fround(bias) === bias;
  return {
    add(weight: number, l: number, u: number, relative: number): void {
      const [first, second] = weight > 0 ? [weight * l, weight * u] : [weight * u, weight * l];
      const ends = weight > 0 ? [l, u] : [u, l];
      lost += lostByProduct(weight, ends[0], first) + lostByProduct(weight, ends[1], second);
      const most = Math.max(Math.abs(first), Math.abs(second));
      lost += relative * most;
      if (most > 0 || lost > 0) {
        size += most;
        terms++;
        held &&= Math.fround(first) === first && Math.fround(second) === second;
      }
      const [nextLow, nextHigh] = [low + first, high + second];
      lost += lostBySum(low, first, nextLow) + lostBySum(high, second, nextHigh);
      [low, high] = [nextLow, nextHigh];
    },
    ends(single: boolean): { low: number; high: number } {
      if (single && !(held && terms <= 1))
        lost += terms * (unitSingle * size + 2 ** -149) * (1 + terms * unitSingle);
      if (lost === 0) return { low, high };
      const slack = lost * (1 + 2 ** -20);
      // One more rounding, outward.
      const further = (x: number): number => Math.abs(x) * 2 ** -52 + leastNumber;
      return { low: low - slack - further(low), high: high + slack + further(high) };
    },
  };
}

const computed = new Set(['batchNorm1d', 'batchNorm2d', 'normalize', 'avgPool2d', 'globalAvgPool2d']);

/**
 * @returns intervals of the outputs over the box; undefined where a layer is not piecewise linear, the network is large,
 *   or a number is not finite
 */
export function exactIntervals(
  { network, numbers }: NumberedNetwork,
  { lower, upper }: Pick<Specification, 'lower' | 'upper'>,
): Ends | undefined {
  const shapes = layerShapes(network);
  const bounds = new Map<string, Ends>([['input', { lower, upper }]]);
  let terms = 0;
  let last: Ends = { lower, upper };
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => bounds.get(name)!);
    const shape = shapes.get(layer.name)!;
    const size = sizeOf(shape);
    const inputShapes = layer.inputs.map((name) =>
      name === 'input' ? network.inputShape : shapes.get(name)!,
    );
    const made: Ends = { lower: new Float64Array(size), upper: new Float64Array(size) };
    const map = linearMapOf(layer, { inputs: inputShapes, output: shape, values: numbers });
    if (map) {
      const relative = computed.has(layer.kind) ? computedError : 0;
      for (let o = 0; o < size; o++) {
        const bias = map.bias(o);
        const sum = sumOf(bias);
        map.terms(o, (input, position, weight) => {
          terms++;
          const { lower: low, upper: high } = inputs[input];
          if (weight !== 0) sum.add(weight, low[position], high[position], relative);
        });
        const { low, high } = sum.ends(true);
        const shift = relative * Math.abs(bias);
        [made.lower[o], made.upper[o]] = [low - shift, high + shift];
        if (terms > mostTerms) return undefined;
      }
    } else if (layer.kind === 'relu') {
      made.lower.set(inputs[0].lower.map((v) => Math.max(0, v)));
      made.upper.set(inputs[0].upper.map((v) => Math.max(0, v)));
    } else if (layer.kind === 'maxPool2d') {
      for (let o = 0; o < size; o++) {
        let [low, high] = [-Infinity, -Infinity];
        windowPositions(layer, inputShapes[0], o, (p) => {
          low = Math.max(low, inputs[0].lower[p]);
          high = Math.max(high, inputs[0].upper[p]);
        });
        [made.lower[o], made.upper[o]] = [low, high];
      }
    } else return undefined;
    if (![made.lower, made.upper].every((ends) => ends.every(Number.isFinite))) return undefined;
    bounds.set(layer.name, made);
    last = made;
  }
  return last;
}

/** Whether no outputs within these ends fulfil the row: exactly, so that a strict row is refuted by a tie. */
export function refutedBy({ coefficients, bound, strict }: OutputRow, { lower, upper }: Ends): boolean {
  const sum = sumOf(-bound);
  coefficients.forEach((c, i) => c !== 0 && sum.add(c, lower[i], upper[i], 0));
  const { low } = sum.ends(false);
  return low > 0 || (strict === true && low >= 0);
}
