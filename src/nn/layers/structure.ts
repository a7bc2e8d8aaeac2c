/** @file flatten, add and dropout. */
import { add as sumOf, flatten as flat, mul, type Shape } from '../../tensor/index.ts';
import type { DropoutLayer, PlainLayer } from '../network.ts';
import { noParameters, unfit, type LayerRule } from './definition.ts';

const size = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

export const flatten: LayerRule<PlainLayer> = {
  shape: (_, inputs) => [size(inputs[0])],
  parameters: noParameters,
  forward: ({ inputs }) => flat(inputs[0]),
};

export const add: LayerRule<PlainLayer> = {
  shape(layer, inputs) {
    const [a, b] = inputs;
    if (inputs.length !== 2 || a.length !== b.length || a.some((d, i) => d !== b[i]))
      throw unfit(layer, inputs, 'it needs two inputs of the same shape');
    return a;
  },
  parameters: noParameters,
  forward: ({ inputs }) => sumOf(inputs[0], inputs[1]),
};

/** Zeroes where the mask is 0 and scales the rest by 1/(1 − rate), so that the mean stays. */
export const dropout: LayerRule<DropoutLayer> = {
  shape: (_, inputs) => inputs[0],
  parameters: noParameters,
  forward({ layer, inputs, mode, keepMask }) {
    if (mode === 'eval' || layer.rate === 0) return inputs[0];
    if (!keepMask)
      throw new Error(`dropout ${layer.name} needs a mask (forward's option keepMasks) in training`);
    return mul(mul(inputs[0], keepMask), 1 / (1 - layer.rate));
  },
};
