/** @file Reductions and what is built from them: means, cross-entropy, norms. */
import { apply, constant } from '../apply.ts';
import { normalizeAxis, sizeOf, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { abs, add, eq, exp, indicator, log, maximum, mul, sqrt, stopGradient, sub } from './arithmetic.ts';
import { expand, flatten, reshape } from './layout.ts';

type Axes = number | readonly number[];

function axesOf(x: Tensor, axes?: Axes): number[] {
  if (axes === undefined) return x.shape.map((_, i) => i);
  const list = typeof axes === 'number' ? [axes] : axes;
  return list.map((a) => normalizeAxis(a, x.shape.length)).sort((a, b) => a - b);
}

/** Sum over the axes (all by default). */
export const sum = (x: Tensor, axes?: Axes, keepDims = false): Tensor => {
  const over = axesOf(x, axes);
  return over.length === 0 ? x : apply('sum', [x], { axes: over, keepDims });
};

export const mean = (x: Tensor, axes?: Axes, keepDims = false): Tensor => {
  const count = sizeOf(axesOf(x, axes).map((a) => x.shape[a]));
  return mul(sum(x, axes, keepDims), 1 / count);
};

/** Largest value over the axes; ties share the gradient. */
export const amax = (x: Tensor, axes?: Axes, keepDims = false): Tensor =>
  apply('amax', [x], { axes: axesOf(x, axes), keepDims });

export const argmax = (x: Tensor, axis: number): Tensor =>
  apply('argmax', [x], { axis: normalizeAxis(axis, x.shape.length) });

/** log Σ exp along an axis, shifted by the maximum for range. */
export function logSumExp(x: Tensor, axis = -1): Tensor {
  const at = normalizeAxis(axis, x.shape.length);
  const top = stopGradient(amax(x, at, true));
  const total = log(sum(exp(sub(x, top)), at, true));
  return reshape(
    add(total, top),
    x.shape.filter((_, i) => i !== at),
  );
}

/** Labels int32 [B] → float32 [B,classes]. */
export function oneHot(labels: Tensor, classes: number): Tensor {
  const grid = constant(
    Int32Array.from({ length: classes }, (_, i) => i),
    [1, classes],
  );
  return indicator(eq(reshape(labels, [...labels.shape, 1]), grid));
}

/** Mean cross-entropy of logits [B,K] and labels int32 [B] (PyTorch's F.cross_entropy). */
export function crossEntropy(logits: Tensor, labels: Tensor): Tensor {
  const target = sum(mul(logits, oneHot(labels, logits.shape[1])), 1);
  return mean(sub(logSumExp(logits, 1), target));
}

/** Number of rows whose largest logit is at the label, float32 []. */
export const correctCount = (logits: Tensor, labels: Tensor): Tensor =>
  sum(indicator(eq(argmax(logits, 1), labels)));

/** Euclidean norm of each row [B,…] → [B]; never divides by zero in the gradient. */
export const rowNorm = (x: Tensor, epsilon = 0): Tensor => {
  const flat = flatten(x);
  return sqrt(maximum(sum(mul(flat, flat), 1), epsilon * epsilon));
};

/** Σ|x| of each row [B,…] → [B]. */
export const rowAbsSum = (x: Tensor): Tensor => sum(abs(flatten(x)), 1);

/** Adds axes of length 1 at the end, then broadcasts: per-row values [B] against [B,…]. */
export const perRow = (values: Tensor, shape: Shape): Tensor =>
  expand(reshape(values, [shape[0], ...shape.slice(1).map(() => 1)]), shape);
