/** @file The table of elementwise relaxations: nonlinear layer kind → one line below and one above. */
import type { Layer, LayerKind, LayerOfKind } from '../../nn/network.ts';
import { zeros } from '../../tensor/index.ts';
import type { Interval } from '../interval.ts';
import { leakyReluLines } from './leakyRelu.ts';
import type { Lines } from './lines.ts';
import { reluLines } from './relu.ts';
import { sigmoidLines, tanhLines } from './sShaped.ts';

/** Kinds that act on each element by itself; all are increasing, so that no slope is negative. */
export type ElementwiseKind = 'relu' | 'leakyRelu' | 'sigmoid' | 'tanh';

type MakeLines<K extends LayerKind> = (layer: LayerOfKind<K>, input: Interval) => Lines;

const elementwiseLines: { readonly [K in ElementwiseKind]: MakeLines<K> } = {
  relu(_, input) {
    const { lowerSlope, upperSlope, intercept } = reluLines(input);
    return { lowerSlope, lowerIntercept: zeros(intercept.shape), upperSlope, upperIntercept: intercept };
  },
  leakyRelu: leakyReluLines,
  sigmoid: (_, input) => sigmoidLines(input),
  tanh: (_, input) => tanhLines(input),
};

/** Lines of an elementwise layer over bounds of what it reads; `undefined` for other kinds. */
export function linesFor(layer: Layer, input: Interval): Lines | undefined {
  if (!Object.hasOwn(elementwiseLines, layer.kind)) return undefined;
  return (elementwiseLines[layer.kind as ElementwiseKind] as MakeLines<LayerKind>)(layer, input);
}
