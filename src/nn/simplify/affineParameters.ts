/** @file The numbers of an affine layer, repeated to a shape. */
import { sizeOf, type Shape } from '../../tensor/index.ts';
import { broadcastStrides } from '../../tensor/shape.ts';
import type { AffineLayer } from '../network.ts';
import type { Draft } from './draft.ts';

/** Values of shape `from` repeated to `to`. */
export function repeatTo(values: ArrayLike<number>, from: Shape, to: Shape): Float64Array {
  const strides = broadcastStrides(from, to);
  return Float64Array.from({ length: sizeOf(to) }, (_, position) => {
    let rest = position;
    let at = 0;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      at += (rest % to[axis]) * strides[axis];
      rest = Math.floor(rest / to[axis]);
    }
    return values[at];
  });
}

/** Scale and shift of an affine layer as full arrays of a shape its own broadcasts to. */
export function scaleAndShift(
  draft: Draft,
  layer: AffineLayer,
  shape: Shape,
): { readonly scale: Float64Array; readonly shift: Float64Array } {
  const part = (name: string, present: boolean, otherwise: number): Float64Array =>
    present
      ? repeatTo(draft.numbers[`${layer.name}.${name}`], layer.shape, shape)
      : new Float64Array(sizeOf(shape)).fill(otherwise);
  return { scale: part('weight', layer.weight, 1), shift: part('bias', layer.bias, 0) };
}

/** True where the affine layer has one number for each channel, or one at all. */
export const isChannelwise = ({ shape }: AffineLayer): boolean =>
  shape.slice(-2).every((n) => n === 1) || sizeOf(shape) === 1;
