/** @file The table of layer kinds: one line each. */
import { add } from './add.ts';
import { affine } from './affine.ts';
import { avgPool2d } from './avgPool2d.ts';
import { batchNorm } from './batchNorm.ts';
import { cat } from './cat.ts';
import { conv2d } from './conv2d.ts';
import { convTranspose2d } from './convTranspose2d.ts';
import { dropout } from './dropout.ts';
import { flatten } from './flatten.ts';
import { gather } from './gather.ts';
import { globalAvgPool2d } from './globalAvgPool2d.ts';
import { leakyRelu } from './leakyRelu.ts';
import { linear } from './linear.ts';
import { maxPool2d } from './maxPool2d.ts';
import { normalize } from './normalize.ts';
import { pad } from './pad.ts';
import { permute } from './permute.ts';
import { relu } from './relu.ts';
import { reshape } from './reshape.ts';
import { sigmoid } from './sigmoid.ts';
import { slice } from './slice.ts';
import { sum } from './sum.ts';
import { tanh } from './tanh.ts';

export const layerRules = {
  relu,
  leakyRelu,
  sigmoid,
  tanh,
  conv2d,
  linear,
  batchNorm2d: batchNorm,
  batchNorm1d: batchNorm,
  normalize,
  maxPool2d,
  avgPool2d,
  globalAvgPool2d,
  dropout,
  flatten,
  add,
  convTranspose2d,
  affine,
  reshape,
  permute,
  slice,
  cat,
  pad,
  gather,
  sum,
} as const;
