/** @file How far f32 may take one layer's result: a running error analysis, so that comparisons are strict whatever cancels. */
import { abs, add, channelAffine, mul, type Tensor } from '../../tensor/index.ts';
import { constantParameters } from '../channelNumbers.ts';
import type { Doubtful } from '../layers/definition.ts';
import { resultOf, ruleOf } from '../layers/rules.ts';
import type { Layer } from '../network.ts';
import type { Numbers } from '../parameters.ts';

/** Unit roundoff of f32. */
const unit = 2 ** -24;

/** Roundings of n terms of one sign and another, in units: √n for chance, a share of n for what is not chance. */
const roundings = (n: number): number => 8 + 4 * Math.sqrt(n) + n / 32;

/** The layer that maps errors to errors: sizes of weights, and of what is added only the rounding. */
function errorOf(layer: Layer, numbers: Numbers, doubts: readonly Tensor[], by: number): Tensor {
  const parameter = constantParameters(layer, numbers);
  const affine = ruleOf(layer).channelAffine?.(layer, parameter);
  if (affine) return channelAffine(doubts[0], abs(affine.scale), mul(affine.reach, by));
  return resultOf(layer, doubts, (name) => {
    const size = abs(parameter(name));
    return name === 'bias' ? mul(size, by) : size;
  });
}

/** A layer's result and its doubt. */
export function doubtfulResult(layer: Layer, numbers: Numbers, inputs: readonly Doubtful[]): Doubtful {
  const { form, terms, doubt } = ruleOf(layer);
  const values = inputs.map((i) => i.value);
  const value = resultOf(layer, values, constantParameters(layer, numbers));
  if (form === 'bends') {
    if (!doubt) throw new Error(`nothing is known of the rounding of a ${layer.kind} layer`);
    const error = doubt(inputs[0], value, layer);
    return { value, ...(error && { error }) };
  }
  const moves = form === 'moves' || form === 'relabels';
  if (moves && inputs.every((x) => x.error === undefined)) return { value };
  const by = moves ? 0 : unit * roundings(terms?.(layer, values[0].shape.slice(1)) ?? 1);
  const doubts = inputs.map(({ value: x, error }) => {
    const rounded = mul(abs(x), by);
    return error ? (moves ? error : add(error, rounded)) : rounded;
  });
  return { value, error: errorOf(layer, numbers, doubts, by) };
}
