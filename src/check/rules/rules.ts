/** @file The table of rules: what is not in it is not understood. */
import type { Rule } from '../graph/place.ts';
import { averagePool, globalAveragePool, reduceMean, reduceSum } from './averages.ts';
import { batchNormalization } from './batchNormalization.ts';
import { constant, constantOfShape, shape } from './constants.ts';
import { conv, convTranspose } from './convolution.ts';
import { gemm, matMul } from './matrix.ts';
import { max, maxPool, min } from './maxima.ts';
import { concat, expand, gather, pad, slice, split, transpose } from './move.ts';
import { abs, clip, leakyRelu, pRelu, relu } from './pieces.ts';
import { cast, dropout, flatten, identity, reshape, squeeze, unsqueeze } from './reshape.ts';
import { add, div, mul, neg, sub, sum } from './sums.ts';

export const rules: Readonly<Record<string, Rule>> = {
  Constant: constant,
  ConstantOfShape: constantOfShape,
  Shape: shape,
  Cast: cast,
  Dropout: dropout,
  Flatten: flatten,
  Identity: identity,
  Reshape: reshape,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Concat: concat,
  Expand: expand,
  Gather: gather,
  Pad: pad,
  Slice: slice,
  Split: split,
  Transpose: transpose,
  Add: add,
  Div: div,
  Mul: mul,
  Neg: neg,
  Sub: sub,
  Sum: sum,
  Gemm: gemm,
  MatMul: matMul,
  Conv: conv,
  ConvTranspose: convTranspose,
  BatchNormalization: batchNormalization,
  AveragePool: averagePool,
  GlobalAveragePool: globalAveragePool,
  ReduceMean: reduceMean,
  ReduceSum: reduceSum,
  Abs: abs,
  Clip: clip,
  LeakyRelu: leakyRelu,
  PRelu: pRelu,
  Relu: relu,
  Max: max,
  MaxPool: maxPool,
  Min: min,
};
