/** @file The numbers of an affine layer, repeated to a shape. */
import { numbersAt, stridedOffsets } from '../../formats/ndArray.ts';
import type { AffineLayer } from '../layers/affine.ts';
import { sizeOf, type Shape } from '../../tensor/index.ts';
import { broadcastStrides } from '../../tensor/shape.ts';
import { reachOf, roundingsOf } from '../reach.ts';
import type { Draft } from './draft.ts';

/** Values of shape `from` repeated to `to`. */
const repeatTo = (values: ArrayLike<number>, from: Shape, to: Shape): Float64Array =>
  numbersAt(stridedOffsets(to, broadcastStrides(from, to)), (at) => values[at]);

export interface ScaleAndShift {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
  /** Sums of absolute values of the terms in `shift`. */
  readonly reach: Float64Array;
  /** Roundings of one element where the layer runs in f32. */
  readonly roundings: number;
}

/** Scale and shift of an affine layer as full arrays of a shape its own broadcasts to. */
export function scaleAndShift(draft: Draft, layer: AffineLayer, shape: Shape): ScaleAndShift {
  const repeated = (values: ArrayLike<number> | undefined, otherwise: number): Float64Array =>
    values ? repeatTo(values, layer.shape, shape) : new Float64Array(sizeOf(shape)).fill(otherwise);
  const part = (name: string, present: boolean): ArrayLike<number> | undefined =>
    present ? draft.numbers[`${layer.name}.${name}`] : undefined;
  return {
    scale: repeated(part('weight', layer.weight), 1),
    shift: repeated(part('bias', layer.bias), 0),
    reach: repeated(layer.bias ? reachOf(draft.numbers, layer.name, 'bias') : undefined, 0),
    roundings: (layer.weight ? 1 : 0) + (layer.bias ? 1 : 0) + roundingsOf(draft.numbers, layer.name),
  };
}

/** True where the affine layer has one number for each channel, or one at all. */
export const isChannelwise = ({ shape }: AffineLayer): boolean =>
  shape.slice(-2).every((n) => n === 1) || sizeOf(shape) === 1;
