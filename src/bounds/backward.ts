/** @file The backward walk: linear lower bounds of chosen rows, from a layer back to the input. */
import type { Network } from '../nn/network.ts';
import {
  abs,
  add,
  expand,
  flatten,
  matmul,
  mul,
  reshape,
  sizeOf,
  transpose,
  zeros,
  type Tensor,
} from '../tensor/index.ts';
import { layerErrors } from './layerErrors.ts';
import { forRows } from './nonlinear/lines.ts';
import { isNonlinear } from './nonlinear/table.ts';
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

/** Where a walk starts: rows of coefficients [S, …shape] of one layer's output, the same ones for every box; R = B·S. */
export interface WalkStart {
  readonly layer: string;
  readonly coefficients: Tensor;
  /** B; default 1. */
  readonly boxes?: number;
}

/** Values of S rows that are the same on each of the boxes: [S, …] → [B·S, …]. */
const forBoxes = (values: Tensor, boxes: number): Tensor => {
  const [rows, ...rest] = values.shape as [number, ...number[]];
  return reshape(expand(reshape(values, [1, rows, ...rest]), [boxes, rows, ...rest]), [
    boxes * rows,
    ...rest,
  ]);
};

/**
 * CROWN's walk (Zhang et al. 2018): coefficients of a layer's output become those of its inputs, layer by layer. Rows
 * that all boxes share are walked once as far as the first relaxation.
 * @param magnitudes m ≥ |value| of every layer's output and of `input`, [1|B|R, …]; without them rounding is not accounted for
 */
export function backwardWalk(
  network: Network,
  { layer: from, coefficients: first, boxes = 1 }: WalkStart,
  context: BackwardContext,
  magnitudes?: ReadonlyMap<string, Tensor>,
): LinearBound {
  const shared = first.shape[0];
  const rows = boxes * shared;
  const own = (t: Tensor): Tensor => (t.shape[0] === rows ? t : forBoxes(t, boxes));
  const sumOf = (x: Tensor, y: Tensor): Tensor =>
    x.shape[0] === y.shape[0] ? add(x, y) : add(own(x), own(y));
  /** Σ|a|·errors of each row and box, [R]. */
  const errorsOf = (a: Tensor, errors: Tensor): Tensor => {
    if (a.shape[0] === rows || errors.shape[0] === 1) return own(errorOf(a, errors));
    return reshape(matmul(flatten(errors), transpose(abs(flatten(a)), 0, 1)), [rows]);
  };
  const pending = new Map<string, Tensor>([[from, first]]);
  let constant: Tensor = zeros([shared]);
  /** Sums of |constant| after each step, of what f32 may have lost beside, and of what no coefficient counts for. */
  let reached: Tensor = constant;
  let rounding: Tensor = zeros([rows]);
  let fixed: Tensor = zeros([1]);
  const count = (error: Tensor): void => void (rounding = add(rounding, error));
  for (const layer of [...network.layers].reverse()) {
    const found = pending.get(layer.name);
    if (!found) continue;
    pending.delete(layer.name);
    const a = isNonlinear(layer.kind) ? own(found) : found;
    const step = boundRule(layer.kind).backward(a, layer, context);
    if (step.constant) {
      constant = sumOf(constant, step.constant);
      if (magnitudes) reached = sumOf(reached, abs(constant));
    }
    if (step.rounding) count(step.rounding);
    const inputs = layer.inputs.map((name) => magnitudes?.get(name));
    const errors = magnitudes && layerErrors(layer, inputs as Tensor[], context);
    if (errors) {
      count(errorsOf(a, mul(errors.each, outward(sizeOf(context.shapeOf(layer.name))))));
      fixed = add(fixed, errors.fixed);
    }
    step.inputs.forEach((coefficients, i) => {
      const name = layer.inputs[i];
      const before = pending.get(name);
      const joined = before ? sumOf(before, coefficients) : coefficients;
      if (before && magnitudes) {
        const relative = unitRoundoff * outward(sizeOf(context.shapeOf(name)));
        count(errorsOf(joined, mul(inputs[i]!, relative)));
        fixed = add(fixed, leastNormal);
      }
      pending.set(name, joined);
    });
  }
  const coefficients = own(pending.get('input') ?? zeros([shared, ...context.shapeOf('input')]));
  if (magnitudes) {
    const sums = mul(own(reached), unitRoundoff * outward(network.layers.length));
    count(add(sums, forRows(fixed, rows)));
  }
  return { coefficients, constant: own(constant), rounding };
}
