/** @file Where interval bounds of a box are exact. */
import type { Network } from '../nn/network.ts';
import { ruleOf } from '../nn/layers/rules.ts';
import { keepsApart } from './rules/affine.ts';

/**
 * Layers (and `input`) whose interval bounds are attained, element by element. Elements of a box vary independently;
 * elements that were moved and scaled still do, and so a sum of them reaches its interval's ends. Its results depend on
 * one another, and a sum of those need not. Several inputs of one layer may be the same numbers.
 */
export function exactIntervals({ layers }: Network): ReadonlySet<string> {
  const independent = new Set(['input']);
  const exact = new Set(['input']);
  for (const layer of layers) {
    if (ruleOf(layer).form === 'bends') continue;
    const single = layer.inputs.length === 1;
    if (keepsApart(layer)) {
      if (layer.inputs.every((name) => exact.has(name))) exact.add(layer.name);
      if (single && independent.has(layer.inputs[0])) independent.add(layer.name);
    } else if (single && independent.has(layer.inputs[0])) exact.add(layer.name);
  }
  return exact;
}
