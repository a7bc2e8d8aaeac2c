/** @file Shape inference for networks. */
import { ruleOf } from './layers/rules.ts';
import type { Shape } from '../tensor/index.ts';
import { UserError } from '../formats/userError.ts';
import type { Network } from './network.ts';

/**
 * Shapes of all values by layer name, `input` included, without the batch axis.
 * @throws UserError naming the layer whose inputs are unknown or do not fit
 */
export function layerShapes(network: Network): Map<string, Shape> {
  const shapes = new Map<string, Shape>([['input', network.inputShape]]);
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => {
      const shape = shapes.get(name);
      if (!shape)
        throw new UserError(
          `Layer ${layer.name} of ${network.name} reads '${name}', which no layer before it makes.`,
        );
      return shape;
    });
    if (shapes.has(layer.name))
      throw new UserError(`Network ${network.name} has two layers named ${layer.name}.`);
    shapes.set(layer.name, ruleOf(layer).shape(layer, inputs));
  }
  return shapes;
}

/** Shape of the last layer's result, without the batch axis. */
export function outputShape(network: Network): Shape {
  return layerShapes(network).get(network.layers.at(-1)!.name)!;
}
