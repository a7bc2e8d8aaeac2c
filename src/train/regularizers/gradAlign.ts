/** @file GradAlign: agreement of input gradients at two points (Andriushchenko and Flammarion 2020, eq. 5). */
import {
  add,
  div,
  flatten,
  gt,
  indicator,
  logicalAnd,
  maximum,
  mul,
  rowNorm,
  sub,
  sum,
  vjp,
  type Tensor,
} from '../../tensor/index.ts';

/** Norms are never divided by less. */
const tiny = 1e-12;

/**
 * Mean cosine over the images where both gradients are non-zero, []; 1 where there is none. As in the authors'
 * published code the first gradient is a constant, so that only the second is differentiated twice.
 * @param lossOf input [B,…] → scalar
 * @param first gradient [B,…] at the first point
 * @param second the second point [B,…]
 */
export function gradAlign(lossOf: (x: Tensor) => Tensor, first: Tensor, second: Tensor): Tensor {
  const gradient = vjp(lossOf(second), [second])[0];
  const [firstNorm, secondNorm] = [rowNorm(first, tiny), rowNorm(gradient, tiny)];
  const counts = indicator(logicalAnd(gt(firstNorm, tiny), gt(secondNorm, tiny)));
  const dot = sum(mul(flatten(first), flatten(gradient)), 1);
  const cosine = div(dot, mul(firstNorm, secondNorm));
  const total = sum(counts);
  const empty = sub(1, gtZero(total));
  return add(div(sum(mul(cosine, counts)), maximum(total, 1)), empty);
}

const gtZero = (x: Tensor): Tensor => indicator(gt(x, 0));
