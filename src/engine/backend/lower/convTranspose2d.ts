/** @file Lowering of convTranspose2d, the input gradient of a convolution. */
import { numbersAt, stridedOffsets } from '../../../formats/ndArray.ts';
import { isOp, type ConstantData, type Tensor } from '../../../tensor/tensor.ts';
import { derivedConstant, emit, ints, reshape } from './emitter.ts';
import { blockedConv, fillsBlocks } from './blocked.ts';
import { flip, padEdges } from './layout.ts';
import { phases } from './phases.ts';
import type { Lowering, LoweringSite } from './lowering.ts';

type Site = LoweringSite<'convTranspose2d'>;

/** Channels of the result from which `flipped` is faster than `native`. */
const manyChannels = 16;
/** Channels of the result from which `phases` is faster than `native`. */
const somePhases = 8;
/** Elements of the result beyond which `phases` gains little, while its places cost four bytes each. */
const manyResults = 2 ** 19;
/** Elements of one channel of g up to which `columns` is faster than `native`. */
const smallArea = 64;

/** Whether the phases of a stride can be made by one convolution, and their places are worth their memory. */
function paysInPhases({ node }: Site): boolean {
  const { stride, padding, dilation, groups, size } = node.attributes;
  const [g, weight] = node.inputs;
  const results = g.shape[0] * weight.shape[1] * size[0] * size[1];
  return (
    weight.op === 'constant' &&
    groups === 1 &&
    stride.every((n) => n > 1) &&
    dilation.every((d) => d === 1) &&
    padding.every((n) => n >= 0) &&
    weight.shape[1] >= somePhases &&
    results <= manyResults
  );
}

/** weight [co,ci/G,kh,kw] → [ci, co/G, kh, kw], both kernel axes reversed: the kernel of the adjoint as a convolution. */
function flippedKernel({ emitter, node, inputs }: Site): string {
  const weight = node.inputs[1];
  const { groups } = node.attributes;
  const [co, cig, kh, kw] = weight.shape as [number, number, number, number];
  const cog = co / groups;
  const target = [groups * cig, cog, kh, kw];
  if (isOp(weight, 'constant')) {
    return derivedConstant(
      emitter,
      weight.attributes.data,
      `flipped ${weight.shape.join()} ${groups}`,
      target,
      'float32',
      (data) => flippedData(data, groups, cog, cig, kh * kw),
    );
  }
  const reversed = flip(
    emitter,
    inputs[1],
    [2, 3].filter((axis) => weight.shape[axis] > 1),
  );
  if (groups === 1) return emit(emitter, 'Transpose', [reversed], { perm: [1, 0, 2, 3] });
  const split = reshape(emitter, reversed, weight.shape, [groups, cog, cig, kh, kw]);
  const swapped = emit(emitter, 'Transpose', [split], { perm: [0, 2, 1, 3, 4] });
  return reshape(emitter, swapped, [groups, cig, cog, kh, kw], target);
}

function flippedData(
  data: ConstantData,
  groups: number,
  cog: number,
  cig: number,
  area: number,
): Float64Array {
  const strides = [cog * cig * area, area, cig * area, -1];
  return numbersAt(stridedOffsets([groups, cig, cog, area], strides, area - 1), (from) => data[from]);
}

/** Stride 1: convolution of g with the flipped kernel; padding d(k−1) − p. */
function flipped(site: Site, blocked: boolean): string {
  const { emitter, inputs, node } = site;
  const { padding, dilation, groups, size } = node.attributes;
  const [gradient, weight] = node.inputs as [Tensor, Tensor];
  const reach = [0, 1].map((i) => dilation[i] * (weight.shape[i + 2] - 1));
  const before = [0, 1].map((i) => reach[i] - padding[i]);
  const after = [0, 1].map((i) => size[i] + reach[i] - gradient.shape[i + 2] - before[i]);
  // Padding below zero is a crop of g; Conv itself takes none.
  const crop = (list: readonly number[]): number[] => [0, 0, ...list.map((n) => Math.min(n, 0))];
  const g = padEdges(emitter, inputs[0], crop(before), crop(after));
  const attributes = {
    strides: [1, 1],
    pads: [...before, ...after].map((n) => Math.max(n, 0)),
    dilations: dilation,
    group: groups,
  };
  if (!blocked) return emit(emitter, 'Conv', [g, flippedKernel(site)], attributes);
  const [co, ci, kh, kw] = weight.shape;
  const kernelShape = [ci, co, kh, kw];
  return blockedConv(emitter, [g, flippedKernel(site)], kernelShape, attributes, emitter.shared.blockSize);
}

/** ConvTranspose; output_padding adds what the convolution's rounding down left unread. */
function native({ emitter, inputs, node }: Site): string {
  const { stride, padding, dilation, groups, size } = node.attributes;
  const [g, weight] = node.inputs as [Tensor, Tensor];
  const missing = [0, 1].map((i) => {
    const covered = stride[i] * (g.shape[i + 2] - 1) + dilation[i] * (weight.shape[i + 2] - 1) + 1;
    return size[i] - (covered - padding[i] - padding[i + 2]);
  });
  return emit(emitter, 'ConvTranspose', inputs, {
    strides: stride,
    pads: padding,
    dilations: dilation,
    group: groups,
    output_padding: missing,
  });
}

/**
 * One product Wᵀ [ci·kh·kw, co] · g [B,co,h·w] gives every tap's contribution, and Col2Im adds them in place.
 * For a small g ConvTranspose spends its time on transposing W again for every image.
 */
function columns({ emitter, inputs, node }: Site): string {
  const { stride, padding, dilation, size } = node.attributes;
  const [g, weight] = node.inputs as [Tensor, Tensor];
  const [batch, co, h, w] = g.shape;
  const [, ci, kh, kw] = weight.shape;
  // Transposed before it becomes a matrix: ONNX Runtime would draw a transposition of a matrix into the product again.
  const turned = emit(emitter, 'Transpose', [inputs[1]], { perm: [1, 2, 3, 0] });
  const matrix = emit(emitter, 'Reshape', [turned, ints(emitter, [ci * kh * kw, co])]);
  const product = emit(emitter, 'MatMul', [matrix, reshape(emitter, inputs[0], g.shape, [batch, co, h * w])]);
  return emit(emitter, 'Col2Im', [product, ints(emitter, size), ints(emitter, [kh, kw])], {
    strides: stride,
    pads: padding,
    dilations: dilation,
  });
}

/**
 * Adjoint of conv2d in its input. The choice is fixed by shapes, by measurement on CPU: with stride 1 `flipped` needs
 * two thirds of the time of `native` for 64 channels and six times its time for three (the gradient of an image);
 * `columns` needs 60 % for 4x4 results of a 4x4 kernel, unless the weight is constant, which ONNX Runtime then transposes
 * once. `phases` needs half the time of `native` for 16 or 32 channels to half as many at 14x14, nine tenths for 64 to 32
 * at 32x32.
 */
export const convTranspose2d: Lowering<'convTranspose2d'> = (site) => {
  const { stride, groups } = site.node.attributes;
  const [g, weight] = site.node.inputs;
  const isConstant = weight.op === 'constant';
  if (stride.every((s) => s === 1)) {
    const { blockSize } = site.emitter.shared;
    if (!isConstant && fillsBlocks(weight.shape, site.node.attributes, blockSize)) return flipped(site, true);
    if (weight.shape[1] >= manyChannels) return flipped(site, false);
  }
  if (paysInPhases(site)) return phases(site);
  const small = g.shape[2] * g.shape[3] <= smallArea;
  return small && !isConstant && groups === 1 ? columns(site) : native(site);
};
