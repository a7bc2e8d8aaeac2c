/** @file What bounds read of a network, apart from how it follows from the parameters: folded weights, batch norms as affine maps. */
import { isBatchNorm } from '../../nn/layers/batchNorm.ts';
import type { BoundContext } from '../../bounds/rule.ts';
import type { BatchStatistics } from '../../nn/layers/definition.ts';
import type { Layer, Network, Parameters } from '../../nn/network.ts';
import { parameterSpecs } from '../../nn/parameters.ts';
import { layerShapes } from '../../nn/shapes.ts';
import type { Shape, Tensor } from '../../tensor/index.ts';
import { affineBy } from '../certified/boundedPass.ts';
import { foldedNetwork, foldedParameters } from '../../nn/foldBatchNorm.ts';

/** The network whose bounds are taken: batch norms folded where possible. */
export const boundedNetwork = (network: Network): Network => foldedNetwork(network).network;

/** Keys and shapes of what these layers of a folded network read; of batch norms `scale` and `shift`. */
export function boundNumberShapes(layers: readonly Layer[]): Record<string, Shape> {
  const shapes: Record<string, Shape> = {};
  for (const layer of layers) {
    if (isBatchNorm(layer))
      for (const part of ['scale', 'shift']) shapes[`${layer.name}.${part}`] = [layer.features];
    else
      for (const { key, shape } of parameterSpecs({ name: '', inputShape: [], layers: [layer] }))
        shapes[key] = shape;
  }
  return shapes;
}

/**
 * The numbers of the folded network as they follow from the parameters.
 * @param statistics of the clean batch in training; absent: the running ones
 */
export function boundNumbers(
  network: Network,
  params: Parameters<Tensor>,
  statistics?: ReadonlyMap<string, BatchStatistics>,
): Record<string, Tensor> {
  const affineOf = affineBy(params, statistics);
  const folded = foldedNetwork(network);
  const all = foldedParameters(folded, params, affineOf, statistics !== undefined);
  for (const layer of folded.network.layers) {
    if (!isBatchNorm(layer)) continue;
    const { scale, shift } = affineOf(layer);
    all[`${layer.name}.scale`] = scale;
    all[`${layer.name}.shift`] = shift;
  }
  return Object.fromEntries(Object.keys(boundNumberShapes(folded.network.layers)).map((k) => [k, all[k]]));
}

/** What the bound rules are told. @param network folded, or a part of it. @param whole its whole */
export function boundContext(whole: Network, numbers: Parameters<Tensor>): BoundContext {
  const shapes = layerShapes(whole);
  return {
    params: numbers,
    shapeOf: (name) => shapes.get(name)!,
    affineOf: ({ name }) => ({ scale: numbers[`${name}.scale`], shift: numbers[`${name}.shift`] }),
  };
}
