/** @file One row's CROWN bound on one box of a dense chain in f64: for margins below the rounding of f32 bounds. */
import type { HostInterval } from '../hostBounds.ts';
import { soundLower } from '../sound.ts';
import type { DenseChain, DenseLayer } from './denseChain.ts';

/** A row over the values of the last hidden layer's ReLU, with the sums of absolute values behind its numbers. */
export interface ChainRow {
  readonly coefficients: Float64Array;
  readonly constant: number;
  readonly reach: Float64Array;
  readonly constantReach: number;
}

/** Unit roundoffs of f32, in which the network runs, and of f64, in which it is bounded here. */
const [single, double] = [2 ** -24, 2 ** -53];
const leastNormal = 2 ** -126;

/** Line of relu on [l, u]: a > 0 takes slope·z, a < 0 takes slope·z + intercept, which is above both ends. */
function lineOf(a: number, l: number, u: number): { slope: number; intercept: number } {
  if (l >= 0) return { slope: 1, intercept: 0 };
  if (u <= 0) return { slope: 0, intercept: 0 };
  if (a > 0) return { slope: u >= -l ? 1 : 0, intercept: 0 };
  const slope = u / (u - l);
  return { slope, intercept: Math.max(-l * slope, u * (1 - slope)) * (1 + 8 * double) };
}

/** What bounds one neuron's computation. */
interface NeuronSize {
  /** |W|·m + |b|. */
  readonly reach: number;
  /** By how much f32 may miss it: in any order of summation, zeros left out. */
  readonly error: number;
}

/** @param magnitudes m ≥ |x| of what the layer reads */
function sizeOf(
  layer: DenseLayer,
  i: number,
  magnitudes: ArrayLike<number>,
  weightError: number,
): NeuronSize {
  const { weight, weightReach = weight, bias, biasReach = bias, inFeatures, roundings } = layer;
  let reach = Math.abs(biasReach[i]);
  let terms = 2 + roundings + weightError;
  let mass = 0;
  for (let j = 0; j < inFeatures; j++) {
    const part = Math.abs(weightReach[i * inFeatures + j]) * magnitudes[j];
    if (part === 0) continue;
    reach += part;
    mass += magnitudes[j];
    terms++;
  }
  return { reach, error: terms * single * reach + 4 * leastNormal * (terms + mass) };
}

/** Interval of one value of the first layer on the box. */
function firstInterval(
  layer: DenseLayer,
  i: number,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
  { reach, error }: NeuronSize,
): { l: number; u: number } {
  let low = layer.bias[i];
  let high = low;
  for (let j = 0; j < layer.inFeatures; j++) {
    const w = layer.weight[i * layer.inFeatures + j];
    low += w * (w > 0 ? lower[j] : upper[j]);
    high += w * (w > 0 ? upper[j] : lower[j]);
  }
  const slack = error + (layer.inFeatures + 8) * double * reach;
  return { l: low - slack, u: high + slack };
}

/** Roundings of a weight that is no number of the original's, and of a product and a slope. */
const weightRoundings = 2;

/**
 * Sound lower bound of the row over the box [lower, upper], for the network in real numbers and as f32 computes it:
 * the linear bound of the walk, less the network's own f32 errors (|h|·error at each neuron, h its coefficient) and the
 * f64 errors here (sums of as many terms as the layers have, of the same absolute values).
 * @param deep sound bounds of layers 1, 2, … on the box
 */
export function rowInDouble(
  { layers, exact }: DenseChain,
  row: ChainRow,
  deep: Readonly<Record<number, HostInterval>>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
): number {
  const weightError = exact ? 0 : weightRoundings;
  const box = Array.from(lower, (l, j) => Math.max(Math.abs(l), Math.abs(upper[j])));
  const first = layers[0].bias.reduce<{ l: number; u: number }[]>((found, _, i) => {
    found.push(firstInterval(layers[0], i, lower, upper, sizeOf(layers[0], i, box, weightError)));
    return found;
  }, []);
  const boundsOf = (k: number, i: number): { l: number; u: number } =>
    k === 0 ? first[i] : { l: deep[k].lower[i], u: deep[k].upper[i] };
  const valuesOf = (k: number): ArrayLike<number> =>
    k < 0 ? box : Array.from(layers[k].bias, (_, i) => Math.max(0, boundsOf(k, i).u));

  const hidden = layers.length - 1;
  let a = row.coefficients;
  let total = row.constant;
  const lastValues = valuesOf(hidden - 1);
  const rowReach = row.reach.reduce((sum, r, i) => sum + r * lastValues[i], row.constantReach);
  const last = layers[hidden];
  let lost =
    rowReach * ((last.inFeatures + last.roundings + weightError + 4) * single) +
    4 * leastNormal * last.inFeatures;
  /** Sum of absolute values that f64 has summed. */
  let reached = rowReach;
  for (let k = hidden - 1; k >= 0; k--) {
    const { weight, bias, inFeatures, outFeatures } = layers[k];
    const next = new Float64Array(inFeatures);
    const magnitudes = valuesOf(k - 1);
    for (let i = 0; i < outFeatures; i++) {
      if (a[i] === 0) continue;
      const { l, u } = boundsOf(k, i);
      const { slope, intercept } = lineOf(a[i], l, u);
      const h = a[i] * slope;
      total += a[i] * intercept + h * bias[i];
      reached += Math.abs(a[i]) * intercept;
      if (h === 0) continue;
      const { reach, error } = sizeOf(layers[k], i, magnitudes, weightError);
      lost += Math.abs(h) * error;
      reached += Math.abs(h) * reach;
      const at = i * inFeatures;
      for (let j = 0; j < inFeatures; j++) next[j] += h * weight[at + j];
    }
    a = next;
  }
  for (let j = 0; j < a.length; j++) {
    total += a[j] * (a[j] > 0 ? lower[j] : upper[j]);
    reached += Math.abs(a[j]) * box[j];
  }
  const sums = layers.reduce((n, { inFeatures, outFeatures }) => n + inFeatures + outFeatures, 16);
  return soundLower(total, (lost + reached * sums * double) * (1 + 2 ** -20));
}
