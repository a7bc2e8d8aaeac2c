/** @file The table of relaxations: nonlinear layer kind → linear bounds from an interval of its input. */
import type { Layer, LayerKind, LayerOfKind } from '../../nn/network.ts';
import type { Interval } from '../interval.ts';
import type { Relaxation } from '../rule.ts';
import { leakyReluLines } from './leakyRelu.ts';
import { linesRelaxation } from './lines.ts';
import { maxPoolRelaxation } from './maxPool2d.ts';
import { denseRelaxation, reluLines } from './relu.ts';
import { sigmoidLines, tanhLines } from './sShaped.ts';

/** Kinds that need bounds on their input before a backward walk can pass them. */
export type NonlinearKind = 'relu' | 'leakyRelu' | 'sigmoid' | 'tanh' | 'maxPool2d';

type MakeRelaxation<K extends LayerKind> = (layer: LayerOfKind<K>, input: Interval) => Relaxation;

export const relaxations: { readonly [K in NonlinearKind]: MakeRelaxation<K> } = {
  relu: (_, input) => denseRelaxation(reluLines(input)),
  leakyRelu: (layer, input) => linesRelaxation(leakyReluLines(layer, input)),
  sigmoid: (_, input) => linesRelaxation(sigmoidLines(input)),
  tanh: (_, input) => linesRelaxation(tanhLines(input)),
  maxPool2d: (layer, input) => maxPoolRelaxation(layer, input),
};

export const isNonlinear = (kind: LayerKind): kind is NonlinearKind => Object.hasOwn(relaxations, kind);

/**
 * Linear bounds of a nonlinear layer.
 * @param input bounds on what the layer reads, [1|B|R, …input shape]; R rows share B boxes in order
 */
export function relaxationFor(layer: Layer, input: Interval): Relaxation {
  if (!isNonlinear(layer.kind)) throw new Error(`a ${layer.kind} layer is linear and needs no relaxation`);
  return (relaxations[layer.kind] as MakeRelaxation<LayerKind>)(layer, input);
}
