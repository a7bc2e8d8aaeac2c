/** @file Half widths of a weighted layer over an lp ball: the dual norms of its rows. */
import { abs, add, amax, mul, reshape, sqrt, type Tensor } from '../tensor/index.ts';
import type { BallNorm } from './ball.ts';

/**
 * Added under the root, which has no slope at 0 (pruned rows). It also makes up for squares that underflow: each is
 * below 2⁻¹²⁶ then.
 */
const floor = 1e-24;

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
  if (norm === 2) return sqrt(add(apply(mul(radius, radius), mul(weight, weight)), floor));
  const [outputs, inputs, ...kernel] = weight.shape as [number, number, ...number[]];
  const flat = kernel.map(() => 1);
  const grouped = radius.shape[1] !== inputs;
  const axes = radius.shape.map((_, axis) => axis).filter((axis) => axis !== 1 || grouped);
  const largest = reshape(amax(radius, axes), [1, grouped ? 1 : inputs, ...flat]);
  const rows = amax(mul(abs(weight), largest), weight.shape.map((_, axis) => axis).slice(1));
  return reshape(rows, [1, outputs, ...flat]);
}
