/** @file The numbers that rounding is measured by: those that a layer was merged from. */
import type { Layer } from '../../nn/network.ts';
import { abs, type Tensor } from '../../tensor/index.ts';
import type { BoundContext } from '../rule.ts';

type Biased = Extract<Layer, { readonly bias: boolean }>;

/** |W|, or the sums of absolute values that a merged W is made of. */
export const absoluteWeight = ({ name }: Biased, { params, mergedOf }: BoundContext): Tensor =>
  mergedOf?.(name).weight ?? abs(params[`${name}.weight`]);

/** |b| likewise; undefined without bias. */
export const absoluteBias = (
  { name, bias }: Biased,
  { params, mergedOf }: BoundContext,
): Tensor | undefined => (bias ? (mergedOf?.(name).bias ?? abs(params[`${name}.bias`])) : undefined);

/** Roundings of the layers that are merged into one, for each of its elements. */
export const mergedRoundings = ({ name }: Layer, { mergedOf }: BoundContext): number =>
  mergedOf?.(name).roundings ?? 0;
