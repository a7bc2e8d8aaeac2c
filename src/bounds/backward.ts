/** @file The backward walk: linear lower bounds of chosen rows, from a layer back to the input. */
import type { Network } from '../nn/network.ts';
import { abs, add, mul, sizeOf, zeros, type Tensor } from '../tensor/index.ts';
import { layerErrors } from './layerErrors.ts';
import { forRows } from './nonlinear/lines.ts';
import { errorOf, leastNormal, outward, unitRoundoff } from './rounding.ts';
import type { BackwardContext } from './rule.ts';
import { boundRule } from './rules/table.ts';

/** a·layer(x) ≥ coefficients·x + constant − rounding, for every row and every x in the box. */
export interface LinearBound {
  /** [R, …input shape] */
  readonly coefficients: Tensor;
  /** [R] */
  readonly constant: Tensor;
  /**
   * What rounding may have cost, in the walk and, where the network itself is run in f32, in the network; [R]. Infinite
   * or NaN where anything in the walk overflowed. Without magnitudes only what relaxations tell.
   */
  readonly rounding: Tensor;
}

/** Where a walk starts: rows of coefficients [R, …shape] of one layer's output. */
export interface WalkStart {
  readonly layer: string;
  readonly coefficients: Tensor;
}

/**
 * CROWN's walk (Zhang et al. 2018): coefficients of a layer's output become those of its inputs, layer by layer.
 * @param magnitudes m ≥ |value| of every layer's output and of `input`, [1|B|R, …]; without them rounding is not accounted for
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
  const count = (error: Tensor): void => void (rounding = add(rounding, error));
  for (const layer of [...network.layers].reverse()) {
    const a = pending.get(layer.name);
    if (!a) continue;
    pending.delete(layer.name);
    const step = boundRule(layer.kind).backward(a, layer, context);
    if (step.constant) {
      constant = add(constant, step.constant);
      if (magnitudes) count(mul(abs(constant), unitRoundoff * outward(1)));
    }
    if (step.rounding) count(step.rounding);
    const inputs = layer.inputs.map((name) => magnitudes?.get(name));
    if (magnitudes) {
      const errors = layerErrors(layer, inputs as Tensor[], context);
      if (errors) {
        const { each, fixed } = errors;
        count(add(mul(errorOf(a, each), outward(sizeOf(a.shape) / rows)), forRows(fixed, rows)));
      }
    }
    step.inputs.forEach((coefficients, i) => {
      const name = layer.inputs[i];
      const before = pending.get(name);
      const joined = before ? add(before, coefficients) : coefficients;
      if (before && magnitudes) {
        const error = errorOf(joined, inputs[i]!);
        count(add(mul(error, unitRoundoff * outward(sizeOf(joined.shape) / rows)), leastNormal));
      }
      pending.set(name, joined);
    });
  }
  const coefficients = pending.get('input') ?? zeros([rows, ...context.shapeOf('input')]);
  return { coefficients, constant, rounding };
}
