/** @file The table of bound rules: layer kind → interval and backward rule. */
import type { LayerKind } from '../../nn/network.ts';
import { nonlinearRules } from '../nonlinear/table.ts';
import type { BoundRule } from '../rule.ts';
import { batchNormRule, normalizeRule } from './affine.ts';
import { conv2dRule } from './conv2d.ts';
import { convTranspose2dRule } from './convTranspose2d.ts';
import { elementwiseAffineRule } from './elementwiseAffine.ts';
import { linearRule } from './linear.ts';
import { monotoneLinearRules } from './monotoneLinear.ts';
import { addRule, dropoutRule, flattenRule } from './plain.ts';

export const boundRules: { readonly [K in LayerKind]?: BoundRule<K> } = {
  ...monotoneLinearRules,
  ...nonlinearRules,
  conv2d: conv2dRule,
  convTranspose2d: convTranspose2dRule,
  affine: elementwiseAffineRule,
  linear: linearRule,
  batchNorm2d: batchNormRule,
  batchNorm1d: batchNormRule,
  normalize: normalizeRule,
  flatten: flattenRule,
  dropout: dropoutRule,
  add: addRule,
};

/** The rule of a layer kind. @throws Error where the kind has none */
export function boundRule(kind: LayerKind): BoundRule<LayerKind> {
  const rule = boundRules[kind];
  if (!rule) throw new Error(`no bound rule for a ${kind} layer`);
  return rule;
}
