/** @file Layers that only move, repeat or drop elements: where each output element comes from. */
import { ruleOf } from '../../nn/layers/rules.ts';
import type { Layer } from '../../nn/network.ts';
import { float32, interpret, sizeOf, trace, type Shape } from '../../tensor/index.ts';

/** By output element: the input it copies (−1: a padding zero) and the position there. */
export interface MovedElements {
  readonly input: Int32Array;
  readonly position: Int32Array;
}

/** Found by sending the numbers 1, 2, 3, … through the layer's own forward pass. */
export function movedElements(layer: Layer, inputs: readonly Shape[]): MovedElements {
  const { program } = trace(
    (tensors) =>
      ruleOf(layer).forward({
        layer,
        inputs: tensors,
        mode: 'eval',
        parameter: (name) => {
          throw new Error(`layer ${layer.name} reads parameter ${name}`);
        },
        recordStatistics: () => {},
      }),
    inputs.map((shape) => float32([1, ...shape])),
  );
  const sizes = inputs.map(sizeOf);
  const offsets = sizes.map((_, i) => 1 + sizes.slice(0, i).reduce((a, b) => a + b, 0));
  const labels = sizes.map((size, i) => Float64Array.from({ length: size }, (_, k) => offsets[i] + k));
  const [found] = interpret(program, labels);
  const input = Int32Array.from(found, (label) => offsets.findLastIndex((offset) => label >= offset));
  return {
    input,
    position: Int32Array.from(found, (label, o) => (input[o] < 0 ? 0 : label - offsets[input[o]])),
  };
}
