/** @file Half widths of a weighted layer over an lp ball: the dual norms of its rows. */
import {
  abs,
  add,
  amax,
  div,
  maximum,
  mul,
  reshape,
  sqrt,
  stopGradient,
  type Tensor,
} from '../tensor/index.ts';
import type { BallNorm } from './ball.ts';
import { leastNormal } from './rounding.ts';

/**
 * Added under the root, which has no slope at 0 (pruned rows). It also makes up for squares that underflow: numbers are
 * at most 1 there, and each such square is below 2⁻¹²⁶.
 */
const floor = 1e-24;

/** Largest absolute value, [1, 1, …]: a scale that is divided out, so that squares do not overflow. */
const largest = (t: Tensor): Tensor =>
  stopGradient(
    maximum(
      amax(
        abs(t),
        t.shape.map((_, axis) => axis),
        true,
      ),
      leastNormal,
    ),
  );

/**
 * ‖row∘r‖ in the dual norm. l2: √(W² r²), one more pass of the layer. l1: the largest |w|·r, with the largest r of each
 * input channel over batch and space: exact for radii that depend on the channel alone, where the kernel lies inside.
 * @param weight [out, in/groups, …]
 * @param radius [B, in, …]
 * @param apply the layer without bias
 * @returns [B, out, …], or [1, out, 1…] for l1
 */
export function dualRadius(
  norm: BallNorm,
  weight: Tensor,
  radius: Tensor,
  apply: (x: Tensor, weight: Tensor) => Tensor,
): Tensor {
  if (norm === 2) {
    const [widest, heaviest] = [largest(radius), largest(weight)];
    const [r, w] = [div(radius, widest), div(weight, heaviest)];
    const rows = sqrt(add(apply(mul(r, r), mul(w, w)), floor));
    return mul(mul(rows, reshape(heaviest, [1])), reshape(widest, [1]));
  }
  const [outputs, inputs, ...kernel] = weight.shape as [number, number, ...number[]];
  const flat = kernel.map(() => 1);
  const grouped = radius.shape[1] !== inputs;
  const axes = radius.shape.map((_, axis) => axis).filter((axis) => axis !== 1 || grouped);
  const channels = reshape(amax(radius, axes), [1, grouped ? 1 : inputs, ...flat]);
  const rows = amax(mul(abs(weight), channels), weight.shape.map((_, axis) => axis).slice(1));
  return reshape(rows, [1, outputs, ...flat]);
}
