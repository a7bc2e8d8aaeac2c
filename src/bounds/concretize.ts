/** @file Concretisation: the least value of a linear bound over the input set, by the dual norm. */
import {
  abs,
  add,
  customGradient,
  flatten,
  matmul,
  mul,
  reshape,
  sign,
  sizeOf,
  sub,
  sum,
  type Tensor,
} from '../tensor/index.ts';
import type { LinearBound } from './backward.ts';
import { gamma } from './rounding.ts';

/** An l∞ box as centre and radius, [1|R, …input shape]; radius is rounded up so that the box is covered. */
export interface BoxTensors {
  readonly center: Tensor;
  readonly radius: Tensor;
}

export interface Concrete {
  /** min over the box of coefficients·x + constant, [R]. */
  readonly lower: Tensor;
  /** Rounding error of `lower` in all, [R]. */
  readonly rounding: Tensor;
}

/** Per-row dot of [R,n] and [1|R,n] → [R]. */
function rowsDot(a: Tensor, b: Tensor): Tensor {
  const rows = a.shape[0]!;
  return b.shape[0] === 1 ? reshape(matmul(a, reshape(b, [-1, 1])), [rows]) : sum(mul(a, b), 1);
}

/** The point where the linear bound is least: c − sign(a)·r; [R, …]. */
export const minimizer = (coefficients: Tensor, { center, radius }: BoxTensors): Tensor =>
  sub(center, mul(sign(coefficients), radius));

/** a·c − |a|·r + constant. */
export function concretize(bound: LinearBound, box: BoxTensors): Concrete {
  const a = flatten(bound.coefficients);
  const center = flatten(box.center);
  const radius = flatten(box.radius);
  const value = sub(rowsDot(a, center), rowsDot(abs(a), radius));
  const least = customGradient(value, [a], (g) => [
    mul(reshape(g, [-1, 1]), minimizer(a, { center, radius })),
  ]);
  const reach = rowsDot(abs(a), add(abs(center), radius));
  return {
    lower: add(least, bound.constant),
    rounding: add(bound.rounding, mul(reach, 2 * gamma(sizeOf(center.shape.slice(1))))),
  };
}
