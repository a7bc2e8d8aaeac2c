/** @file The table of layer kinds: kind → shape, parameters, forward pass. */
import type { Layer, LayerKind, LayerOfKind } from '../network.ts';
import { activations } from './activation.ts';
import { affine } from './affine.ts';
import { batchNorm } from './batchNorm.ts';
import { conv2d } from './conv2d.ts';
import { convTranspose2d } from './convTranspose2d.ts';
import type { LayerRule } from './definition.ts';
import { linear } from './linear.ts';
import { normalize } from './normalize.ts';
import { avgPool2d, globalAvgPool2d, maxPool2d } from './pool.ts';
import { cat, gather, pad, permute, reshape, slice, sum } from './rearrange.ts';
import { add, dropout, flatten } from './structure.ts';

export const layerRules: { readonly [K in LayerKind]: LayerRule<LayerOfKind<K>> } = {
  ...activations,
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
};

/** The rule of a layer's kind, seen as taking any layer: hand it this very layer only. */
export const ruleOf = (layer: Layer): LayerRule => layerRules[layer.kind];
