/** @file Relaxation of an elementwise layer by one line below and one line above. */
import {
  abs,
  add,
  expand,
  maximum,
  mul,
  reshape,
  signParts,
  sizeOf,
  type Tensor,
} from '../../tensor/index.ts';
import { blockRoundings, blockTotals, errorOf, gamma, leastNormal, outward } from '../rounding.ts';
import type { Relaxation } from '../rule.ts';

/** lowerSlope·z + lowerIntercept ≤ f(z) ≤ upperSlope·z + upperIntercept on the neuron's interval; all [1|B|R, …]. */
export interface Lines {
  readonly lowerSlope: Tensor;
  readonly lowerIntercept: Tensor;
  readonly upperSlope: Tensor;
  readonly upperIntercept: Tensor;
}

/** Values of B boxes for R rows, R/B consecutive rows a box; of one box as they are. */
export function forRows(values: Tensor, rows: number): Tensor {
  const [boxes, ...rest] = values.shape as [number, ...number[]];
  if (boxes === 1 || boxes === rows) return values;
  return reshape(expand(reshape(values, [boxes, 1, ...rest]), [boxes, rows / boxes, ...rest]), [
    rows,
    ...rest,
  ]);
}

/** Positive coefficients take the lower line, negative ones the upper. */
export function linesRelaxation(lines: Lines): Relaxation {
  return (a) => {
    const rows = a.shape[0];
    const { positive, negative } = signParts(a);
    const both = (lower: Tensor, upper: Tensor): Tensor =>
      add(mul(positive, forRows(lower, rows)), mul(negative, forRows(upper, rows)));
    const size = sizeOf(a.shape) / rows;
    const largest = maximum(abs(lines.lowerIntercept), abs(lines.upperIntercept));
    const reach = mul(errorOf(a, forRows(largest, rows)), outward(size));
    return {
      inputs: [both(lines.lowerSlope, lines.upperSlope)],
      constant: blockTotals(both(lines.lowerIntercept, lines.upperIntercept)),
      rounding: add(mul(reach, gamma(blockRoundings(size))), 4 * size * leastNormal),
    };
  };
}
