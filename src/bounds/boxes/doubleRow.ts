/** @file One row's CROWN bound on one box of a dense chain in f64: for margins below the rounding of f32. */
import type { HostInterval } from '../hostBounds.ts';
import type { DenseChain, DenseLayer } from './denseChain.ts';

/** A row over the values of the last hidden layer's ReLU. */
export interface ChainRow {
  readonly coefficients: ArrayLike<number>;
  readonly constant: number;
}

/** Lower and upper line of relu on [l, u]: a > 0 takes slope·z, a < 0 takes slope·z + intercept. */
function lineOf(a: number, l: number, u: number): { slope: number; intercept: number } {
  if (l >= 0) return { slope: 1, intercept: 0 };
  if (u <= 0) return { slope: 0, intercept: 0 };
  if (a > 0) return { slope: u >= -l ? 1 : 0, intercept: 0 };
  const slope = u / (u - l);
  return { slope, intercept: -l * slope };
}

/** Interval of one value of the first layer on the box. */
function firstInterval(layer: DenseLayer, i: number, lower: ArrayLike<number>, upper: ArrayLike<number>) {
  let low = layer.bias[i];
  let high = low;
  let reach = Math.abs(low);
  for (let j = 0; j < layer.inFeatures; j++) {
    const w = layer.weight[i * layer.inFeatures + j];
    low += w * (w > 0 ? lower[j] : upper[j]);
    high += w * (w > 0 ? upper[j] : lower[j]);
    reach += Math.abs(w) * Math.max(Math.abs(lower[j]), Math.abs(upper[j]));
  }
  // More than layer.inFeatures roundings of relative size 2⁻⁵³ for any layer that fits in memory.
  const slack = reach * 2 ** -40;
  return { l: low - slack, u: high + slack };
}

/**
 * Least value over the box [lower, upper] of the linear bound that the walk gives, as computed.
 * @param deep sound bounds of layers 1, 2, … on the box
 */
export function rowInDouble(
  { layers }: DenseChain,
  row: ChainRow,
  deep: Readonly<Record<number, HostInterval>>,
  lower: ArrayLike<number>,
  upper: ArrayLike<number>,
): number {
  let a = Float64Array.from(row.coefficients);
  let total = row.constant;
  for (let k = layers.length - 2; k >= 0; k--) {
    const { weight, bias, inFeatures, outFeatures } = layers[k];
    const next = new Float64Array(inFeatures);
    for (let i = 0; i < outFeatures; i++) {
      if (a[i] === 0) continue;
      const { l, u } =
        k === 0 ? firstInterval(layers[0], i, lower, upper) : { l: deep[k].lower[i], u: deep[k].upper[i] };
      const { slope, intercept } = lineOf(a[i], l, u);
      const h = a[i] * slope;
      total += a[i] * intercept + h * bias[i];
      if (h === 0) continue;
      const at = i * inFeatures;
      for (let j = 0; j < inFeatures; j++) next[j] += h * weight[at + j];
    }
    a = next;
  }
  for (let j = 0; j < a.length; j++) total += a[j] * (a[j] > 0 ? lower[j] : upper[j]);
  return total;
}
