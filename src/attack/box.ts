/** @file The boxes that attacks stay in. */
import { add, clamp, maximum, minimum, mul, sub, type Tensor } from '../tensor/index.ts';

/** Elementwise bounds of the allowed inputs, shaped like the input. */
export interface Box {
  readonly lower: Tensor;
  readonly upper: Tensor;
}

/** Raw pixels within epsilon of x and within 0..1. */
export function epsilonBox(x: Tensor, epsilon: Tensor | number): Box {
  return { lower: maximum(sub(x, epsilon), 0), upper: minimum(add(x, epsilon), 1) };
}

/** The nearest point of the box. */
export const project = (x: Tensor, { lower, upper }: Box): Tensor => clamp(x, lower, upper);

/** A point of the box from noise in 0..1: lower + noise·(upper − lower). */
export const pointIn = ({ lower, upper }: Box, noise: Tensor): Tensor =>
  add(lower, mul(noise, sub(upper, lower)));
