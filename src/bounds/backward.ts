/** @file The backward walk: linear lower bounds of chosen rows, from a layer back to the input. */
import type { Layer, Network } from '../nn/network.ts';
import { abs, add, zeros, type Tensor } from '../tensor/index.ts';
import { stepVariance } from './rounding.ts';
import type { BackwardContext } from './rule.ts';
import { boundRule } from './rules/table.ts';

/** a·layer(x) ≥ coefficients·x + constant − rounding, for every row and every x in the box. */
export interface LinearBound {
  /** [R, …input shape] */
  readonly coefficients: Tensor;
  /** [R] */
  readonly constant: Tensor;
  /** Rounding error beyond `variance`, [R]. */
  readonly rounding: Tensor;
  /** Σ cᵢ² of the rounding rule, [R]; zeros unless magnitudes are given. */
  readonly variance: Tensor;
}

/** Where a walk starts: rows of coefficients [R, …shape] of one layer's output. */
export interface WalkStart {
  readonly layer: string;
  readonly coefficients: Tensor;
}

/**
 * CROWN's walk (Zhang et al. 2018): coefficients of a layer's output become those of its inputs, layer by layer.
 * @param magnitudes m ≥ |value| of every layer's output and of `input`, [1|R, …]; without them rounding is not accounted for
 */
export function backwardWalk(
  network: Network,
  start: WalkStart,
  context: BackwardContext,
  magnitudes?: ReadonlyMap<string, Tensor>,
): LinearBound {
  const rows = start.coefficients.shape[0];
  const pending = new Map<string, Tensor>([[start.layer, start.coefficients]]);
  let constant: Tensor = zeros([rows]);
  let rounding: Tensor = zeros([rows]);
  let variance: Tensor = zeros([rows]);
  for (const layer of [...network.layers].reverse()) {
    const a = pending.get(layer.name);
    if (!a) continue;
    pending.delete(layer.name);
    const rule = boundRule(layer.kind);
    if (magnitudes && rule.rounding) variance = add(variance, layerVariance(a, layer, context, magnitudes));
    const step = rule.backward(a, layer, context);
    if (step.constant) constant = add(constant, step.constant);
    if (step.rounding) rounding = add(rounding, step.rounding);
    step.inputs.forEach((coefficients, i) => {
      const name = layer.inputs[i];
      const before = pending.get(name);
      pending.set(name, before ? add(before, coefficients) : coefficients);
    });
  }
  const coefficients = pending.get('input') ?? zeros([rows, ...context.shapeOf('input')]);
  return { coefficients, constant, rounding, variance };
}

/** Σ cᵢ² that one layer's step adds. */
function layerVariance(
  a: Tensor,
  layer: Layer,
  context: BackwardContext,
  magnitudes: ReadonlyMap<string, Tensor>,
): Tensor {
  const rounding = boundRule(layer.kind).rounding!;
  const absolute = abs(a);
  const terms = rounding.backwardTerms(layer);
  const inputs = rounding.backward(absolute, layer, context);
  const parts = inputs.map((reach, i) => stepVariance(reach, terms, magnitudes.get(layer.inputs[i])!));
  const own = stepVariance(absolute, 0, magnitudes.get(layer.name)!);
  const constant = rounding.constantVariance?.(absolute, layer, context);
  return [...parts, own, ...(constant ? [constant] : [])].reduce(add);
}
