/** @file Relaxations of nonlinear layers from intervals of what they read, for a whole network. */
import type { LayerKind, Network } from '../nn/network.ts';
import type { Interval } from './interval.ts';
import type { Relaxation } from './rule.ts';
import { isNonlinear, relaxationFor } from './rules/relaxations.ts';

/**
 * By layer name, for every nonlinear layer but those of kinds left out.
 * @param intervals of every layer's output and of `input`, as `ibp` gives them (with `known` where tighter ones are)
 * @param except kinds whose relaxations come from elsewhere: ReLUs with α and β
 */
export function intervalRelaxations(
  network: Network,
  intervals: ReadonlyMap<string, Interval>,
  except: readonly LayerKind[] = [],
): Map<string, Relaxation> {
  const layers = network.layers.filter(({ kind }) => isNonlinear(kind) && !except.includes(kind));
  return new Map(layers.map((layer) => [layer.name, relaxationFor(layer, intervals.get(layer.inputs[0])!)]));
}
