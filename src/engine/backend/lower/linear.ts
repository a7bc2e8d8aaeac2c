/** @file Lowerings of matmul, conv2d and channelAffine. */
import { isOp, type ConvGeometry, type Tensor } from '../../../tensor/tensor.ts';
import { convTranspose2d } from './convTranspose2d.ts';
import { convWeightGrad } from './convWeightGrad.ts';
import { blockedConv, fillsBlocks } from './blocked.ts';
import { emit, filled, reshape } from './emitter.ts';
import type { LoweringSite, LoweringTable } from './lowering.ts';

/** Conv's attributes for a geometry. */
function convAttributes(g: ConvGeometry) {
  return { strides: g.stride, pads: g.padding, dilations: g.dilation, group: g.groups };
}

/** Conv; in the blocked layout where the weight is not constant (constant ones ONNX Runtime reorders itself). */
function conv2d({ emitter, inputs, node }: LoweringSite<'conv2d'>): string {
  const weight = node.inputs[1];
  const { blockSize } = emitter.shared;
  const attributes = convAttributes(node.attributes);
  return weight.op !== 'constant' && fillsBlocks(weight.shape, node.attributes, blockSize)
    ? blockedConv(emitter, inputs, weight.shape, attributes, blockSize)
    : emit(emitter, 'Conv', inputs, attributes);
}

/** The matrix under a transposition, if it is one. */
function transposed(tensor: Tensor): Tensor | undefined {
  return isOp(tensor, 'permute') && tensor.attributes.order.join() === '1,0' ? tensor.inputs[0] : undefined;
}

/** Products of matrices as Gemm, which reads transposed arguments in place; stacks as MatMul. */
function matmul({ emitter, inputs, node, nameOf }: LoweringSite<'matmul'>): string {
  const [a, b] = node.inputs as [Tensor, Tensor];
  const left = transposed(a);
  const right = transposed(b);
  if (a.shape.length !== 2 || b.shape.length !== 2 || (!left && !right))
    return emit(emitter, 'MatMul', inputs);
  return emit(emitter, 'Gemm', [nameOf(left ?? a), nameOf(right ?? b)], {
    transA: left ? 1 : 0,
    transB: right ? 1 : 0,
  });
}

/**
 * x·scale + shift per channel, as batch norm in inference with mean 0, variance 1, epsilon 0:
 * one pass, and ONNX Runtime folds it into a convolution before it where all is constant.
 */
function channelAffine({ emitter, inputs, node }: LoweringSite<'channelAffine'>): string {
  const channels = node.shape[1];
  const vector = [channels, ...node.shape.slice(2).map(() => 1)];
  const [x, scale, shift] = inputs as [string, string, string];
  if (node.shape.length === 2) return emit(emitter, 'Add', [emit(emitter, 'Mul', [x, scale]), shift]);
  if (node.shape.length !== 4) {
    const product = emit(emitter, 'Mul', [x, reshape(emitter, scale, [channels], vector)]);
    return emit(emitter, 'Add', [product, reshape(emitter, shift, [channels], vector)]);
  }
  return emit(
    emitter,
    'BatchNormalization',
    [x, scale, shift, filled(emitter, [channels], 0), filled(emitter, [channels], 1)],
    {
      epsilon: { float: 0 },
    },
  );
}

export const linear: LoweringTable<
  'matmul' | 'conv2d' | 'convTranspose2d' | 'convWeightGrad' | 'channelAffine'
> = {
  matmul,
  conv2d,
  convTranspose2d,
  convWeightGrad,
  channelAffine,
};
