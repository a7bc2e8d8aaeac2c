/** @file The table of bound rules: layer kind → interval and backward rule. */
import { layerRules } from '../../nn/layers/table.ts';
import type { LayerKind } from '../../nn/network.ts';
import { nonlinearRules } from '../nonlinear/table.ts';
import type { BoundRule } from '../rule.ts';
import { affineRule } from './affine.ts';

const affineKinds = (Object.keys(layerRules) as LayerKind[]).filter(
  (kind) => layerRules[kind].form !== 'bends',
);

export const boundRules: { readonly [K in LayerKind]?: BoundRule<K> } = {
  ...Object.fromEntries(affineKinds.map((kind) => [kind, affineRule])),
  ...nonlinearRules,
};

/** The rule of a layer kind. @throws Error where the kind has none */
export function boundRule(kind: LayerKind): BoundRule<LayerKind> {
  const rule = boundRules[kind];
  if (!rule) throw new Error(`no bound rule for a ${kind} layer`);
  return rule;
}
