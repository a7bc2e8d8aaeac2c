/** @file relu, leakyRelu, sigmoid, tanh: elementwise layers without parameters. */
import { maximum, mul, relu, sigmoid, tanh, type Tensor } from '../../tensor/index.ts';
import type { Layer, LeakyReluLayer, PlainLayer } from '../network.ts';
import { noParameters, type ForwardSite, type LayerRule } from './definition.ts';

function elementwise<L extends Layer>(f: (x: Tensor, site: ForwardSite<L>) => Tensor): LayerRule<L> {
  return {
    shape: (_, inputs) => inputs[0],
    parameters: noParameters,
    forward: (site) => f(site.inputs[0], site),
  };
}

export const activations = {
  relu: elementwise<PlainLayer>(relu),
  sigmoid: elementwise<PlainLayer>(sigmoid),
  tanh: elementwise<PlainLayer>(tanh),
  /** max(x, slope·x), for slopes in 0..1. */
  leakyRelu: elementwise<LeakyReluLayer>((x, { layer }) => maximum(x, mul(x, layer.negativeSlope))),
};
