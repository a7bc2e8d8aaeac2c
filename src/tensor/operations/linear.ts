/** @file Matrix products, convolutions, channel-wise affine maps. */
import { apply } from '../apply.ts';
import type { ConvGeometry, Tensor } from '../tensor.ts';
import { add } from './arithmetic.ts';
import { transpose } from './layout.ts';

/** Convolution options as in PyTorch; one number stands for both axes, two paddings for [vertical, horizontal]. */
export interface ConvOptions {
  readonly stride?: number | readonly [number, number];
  readonly padding?: number | readonly [number, number] | readonly [number, number, number, number];
  readonly dilation?: number | readonly [number, number];
  readonly groups?: number;
}

const pair = (value: number | readonly [number, number] | undefined, otherwise: number): [number, number] => {
  if (value === undefined) return [otherwise, otherwise];
  return typeof value === 'number' ? [value, value] : [value[0], value[1]];
};

/** Options with every default filled in. */
export function convGeometry(options: ConvOptions = {}): ConvGeometry {
  const { padding = 0 } = options;
  const list = typeof padding === 'number' ? [padding, padding] : padding;
  return {
    stride: pair(options.stride, 1),
    padding: [list[0], list[1], list[2] ?? list[0], list[3] ?? list[1]],
    dilation: pair(options.dilation, 1),
    groups: options.groups ?? 1,
  };
}

/** x [B,ci,H,W] ⋆ weight [co,ci/groups,kh,kw] + bias [co]. */
export const conv2d = (x: Tensor, weight: Tensor, bias?: Tensor, options?: ConvOptions): Tensor =>
  apply('conv2d', bias ? [x, weight, bias] : [x, weight], convGeometry(options));

/** Adjoint of conv2d in its input: g [B,co,h,w] → [B,ci,size]. */
export const convTranspose2d = (
  g: Tensor,
  weight: Tensor,
  size: readonly [number, number],
  options?: ConvOptions,
): Tensor => apply('convTranspose2d', [g, weight], { ...convGeometry(options), size });

export const matmul = (a: Tensor, b: Tensor): Tensor => apply('matmul', [a, b], {});

/** x [B,in] · weight [out,in]ᵀ + bias [out]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const product = matmul(x, transpose(weight, 0, 1));
  return bias ? add(product, bias) : product;
}

/** x·scale + shift along axis 1. */
export const channelAffine = (x: Tensor, scale: Tensor, shift: Tensor): Tensor =>
  apply('channelAffine', [x, scale, shift], {});
