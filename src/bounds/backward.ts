/** @file The backward walk: linear lower bounds of chosen rows, from a layer back to the input. */
import type { Network } from '../nn/network.ts';
import { abs, add, mul, sum, zeros, type Tensor } from '../tensor/index.ts';
import { gamma } from './rounding.ts';
import type { BackwardContext } from './rule.ts';
import { boundRule } from './rules/table.ts';

/** a·layer(x) ≥ coefficients·x + constant − rounding, for every row and every x in the box. */
export interface LinearBound {
  /** [R, …input shape] */
  readonly coefficients: Tensor;
  /** [R] */
  readonly constant: Tensor;
  /** Bound on the rounding error of the computation, [R]; zeros unless magnitudes are given. */
  readonly rounding: Tensor;
}

/** Where a walk starts: rows of coefficients [R, …shape] of one layer's output. */
export interface WalkStart {
  readonly layer: string;
  readonly coefficients: Tensor;
}

/**
 * CROWN's walk (Zhang et al. 2018): coefficients of a layer's output become those of its inputs, layer by layer.
 * @param magnitudes the s of the rounding rule by affine layer, [1|R, …]; without them rounding is not accounted for
 */
export function backwardWalk(
  network: Network,
  start: WalkStart,
  context: BackwardContext,
  magnitudes?: ReadonlyMap<string, Tensor>,
): LinearBound {
  const rows = start.coefficients.shape[0]!;
  const pending = new Map<string, Tensor>([[start.layer, start.coefficients]]);
  let constant: Tensor = zeros([rows]);
  let rounding: Tensor = zeros([rows]);
  for (const layer of [...network.layers].reverse()) {
    const a = pending.get(layer.name);
    if (!a) continue;
    pending.delete(layer.name);
    const rule = boundRule(layer.kind);
    const size = magnitudes?.get(layer.name);
    if (size && rule.terms)
      rounding = add(rounding, absoluteDot(a, size, 2 * gamma(rule.terms(layer, context))));
    const step = rule.backward(a, layer, context);
    if (step.constant) constant = add(constant, step.constant);
    if (step.rounding) rounding = add(rounding, step.rounding);
    step.inputs.forEach((coefficients, i) => {
      const name = layer.inputs[i]!;
      const before = pending.get(name);
      pending.set(name, before ? add(before, coefficients) : coefficients);
    });
  }
  const coefficients = pending.get('input') ?? zeros([rows, ...context.shapeOf('input')]);
  return { coefficients, constant, rounding };
}

/** factor·Σ|a|·s per row. */
function absoluteDot(a: Tensor, s: Tensor, factor: number): Tensor {
  return mul(sum(mul(abs(a), s), a.shape.map((_, i) => i).slice(1)), factor);
}
