/** @file Adam upwards, with as few passes over the variables as it takes. */
import { add, constant, div, exp, mul, sqrt, sub, type Tensor } from '../tensor/index.ts';

const momentum = 0.9;
const smoothing = 0.999;
const adamEpsilon = 1e-8;

/** One optimised tensor and Adam's moments of it. */
export interface Ascending {
  readonly value: Tensor;
  /** Σ .9ᵏ·g, ten times Adam's first moment. */
  readonly first: Tensor;
  /** Σ .999ᵏ·g², a thousand times Adam's second moment. */
  readonly second: Tensor;
}

/** Adam's floor under √second, as a floor under `second` where a block of iterations starts. */
export const secondFloor = adamEpsilon ** 2 / (1 - smoothing);
/** `second` where nothing is to move. */
export const secondCeiling = 1e30;

/** One step of Adam upwards (Kingma & Ba 2015), its scalar factors joined in `rate`. */
export function ascend({ value, first, second }: Ascending, gradient: Tensor, rate: Tensor): Ascending {
  const m = add(mul(first, momentum), gradient);
  const v = add(mul(second, smoothing), mul(gradient, gradient));
  return { value: add(value, mul(div(m, sqrt(v)), rate)), first: m, second: v };
}

/** Adam's factor of each of the coming iterations but for the learning rate itself, [iterations]. */
export function stepFactors(done: Tensor, iterations: number, decay: number): Tensor {
  const before = add(done, constant(Float64Array.from({ length: iterations }, (_, i) => i)));
  const corrected = (rate: number): Tensor => sub(1, exp(mul(add(before, 1), Math.log(rate))));
  const bias = div(sqrt(corrected(smoothing)), corrected(momentum));
  const unscaled = (1 - momentum) / Math.sqrt(1 - smoothing);
  return mul(mul(exp(mul(before, Math.log(decay))), bias), unscaled);
}
