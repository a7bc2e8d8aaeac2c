/** @file Operations that move elements, and reads at positions that are data. */
import { apply, constant } from '../apply.ts';
import { misfit } from '../primitives/definition.ts';
import { normalizeAxis, sameShape, sizeOf, type Shape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

/** One dimension may be −1: it takes what is left. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const unknown = shape.indexOf(-1);
  if (unknown < 0) return apply('reshape', [x], { shape });
  const known = -sizeOf(shape);
  const rest = sizeOf(x.shape) / known;
  if (!Number.isInteger(rest)) throw misfit('reshape', [x], `cannot be laid out as [${shape.join(',')}]`);
  return apply('reshape', [x], { shape: shape.map((d, i) => (i === unknown ? rest : d)) });
}

/** Merges the axes from `start` on into one (PyTorch's flatten, default from axis 1). */
export const flatten = (x: Tensor, start = 1): Tensor =>
  reshape(x, [...x.shape.slice(0, start), sizeOf(x.shape.slice(start))]);

export const permute = (x: Tensor, order: readonly number[]): Tensor => apply('permute', [x], { order });

/** Swaps two axes. */
export function transpose(x: Tensor, a: number, b: number): Tensor {
  const rank = x.shape.length;
  const order = x.shape.map((_, i) => i);
  const [p, q] = [normalizeAxis(a, rank), normalizeAxis(b, rank)];
  order[p] = q;
  order[q] = p;
  return permute(x, order);
}

export const expand = (x: Tensor, shape: Shape): Tensor =>
  sameShape(x.shape, shape) ? x : apply('expand', [x], { shape });

export const cat = (parts: readonly Tensor[], axis: number): Tensor =>
  parts.length === 1 ? parts[0] : apply('cat', parts, { axis: normalizeAxis(axis, parts[0].shape.length) });

/** x[start:end:step] along one axis. */
export function sliceAxis(x: Tensor, axis: number, start: number, end: number, step = 1): Tensor {
  const at = normalizeAxis(axis, x.shape.length);
  return apply('slice', [x], {
    starts: x.shape.map((_, i) => (i === at ? start : 0)),
    ends: x.shape.map((d, i) => (i === at ? end : d)),
    steps: x.shape.map((_, i) => (i === at ? step : 1)),
  });
}

export const flip = (x: Tensor, axes: readonly number[]): Tensor => apply('flip', [x], { axes });

/** Zeros around the last two axes: [top, left, bottom, right]. */
export function pad2d(
  x: Tensor,
  [top, left, bottom, right]: readonly [number, number, number, number],
): Tensor {
  if (top + left + bottom + right === 0) return x;
  const lead = x.shape.slice(0, -2).map(() => 0);
  return apply('pad', [x], {
    before: [...lead, top, left],
    after: [...lead, bottom, right],
    interior: x.shape.map(() => 0),
  });
}

/** x[..., index, ...] along an axis; index int32 [n] (PyTorch's index_select). */
export const indexSelect = (x: Tensor, axis: number, index: Tensor): Tensor =>
  apply('indexSelect', [x, index], { axis: normalizeAxis(axis, x.shape.length) });

/** Zeros of length `size` along the axis, plus the updates at index; repeated positions add. */
export const indexAdd = (updates: Tensor, axis: number, index: Tensor, size: number): Tensor =>
  apply('indexAdd', [updates, index], { axis: normalizeAxis(axis, updates.shape.length), size });

/** Element-wise reads along an axis; index has x's shape but for that axis (PyTorch's take_along_dim). */
export const takeAlongDim = (x: Tensor, axis: number, index: Tensor): Tensor =>
  apply('takeAlongDim', [x, index], { axis: normalizeAxis(axis, x.shape.length) });

/** Zeros of length `size` along the axis, plus the updates at their own index; repeated positions add. */
export const putAlongDim = (updates: Tensor, axis: number, index: Tensor, size: number): Tensor =>
  apply('putAlongDim', [updates, index], { axis: normalizeAxis(axis, updates.shape.length), size });

export const zeros = (shape: Shape): Tensor => expand(constant(0), shape);
export const ones = (shape: Shape): Tensor => expand(constant(1), shape);
