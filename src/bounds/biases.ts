/** @file Biases below sites: what BaBSR's estimate needs. */
import { constantParameters, evaluated } from '../nn/channelNumbers.ts';
import { resultOf, ruleOf, weightOf } from '../nn/layers/rules.ts';
import type { Layer } from '../nn/network.ts';
import { constant, sizeOf, zeros, type Tensor } from '../tensor/index.ts';
import type { BoundNetwork } from './boundNetwork.ts';
import type { CompactSite } from './compact.ts';
import { isNonlinear } from './nonlinear/table.ts';

/** Elements of a layer's output; absent: all 0. */
type Constants = ArrayLike<number> | undefined;

/**
 * The b of BaBSR's score (Bunel et al. 2020, §5.2), by site: a neuron is an affine function of the outputs of the
 * nonlinear layers before it (and of the input), and b is its constant term. For a convolution or linear layer on a
 * ReLU that is the layer's bias; where more lies between (elementwise affine layers, residual additions, pooling,
 * rearrangements), the biases come through all of it.
 */
export function constantBiases(
  net: BoundNetwork,
  sites: readonly Pick<CompactSite, 'name' | 'index'>[],
): Float32Array[] {
  const constants = new Map<string, Constants>();
  for (const layer of net.network.layers) constants.set(layer.name, constantsOf(net, layer, constants));
  return sites.map((site) => {
    const { input } = net.sites.find(({ name }) => name === site.name)!;
    const bias = constants.get(input);
    return bias
      ? Float32Array.from(site.index, (neuron) => bias[neuron])
      : new Float32Array(site.index.length);
  });
}

/** A layer's output where those of all nonlinear layers, and the input, are 0. */
function constantsOf(net: BoundNetwork, layer: Layer, constants: ReadonlyMap<string, Constants>): Constants {
  if (isNonlinear(layer.kind)) return undefined;
  const inputs = layer.inputs.map((name) => constants.get(name));
  if (inputs.some((found) => found !== undefined)) return evaluate(net, layer, inputs);
  const bias = net.values[`${layer.name}.bias`];
  if (!bias && !ruleOf(layer).channelAffine) return undefined;
  if (!bias || !weightOf(layer)) return evaluate(net, layer, inputs);
  const area = sizeOf(net.shapes.get(layer.name)!) / bias.length;
  return Float32Array.from({ length: bias.length * area }, (_, i) => bias[Math.floor(i / area)]);
}

/** One layer by the plain interpreter. */
function evaluate(net: BoundNetwork, layer: Layer, inputs: readonly Constants[]): Constants {
  const values = inputs.map((value, i): Tensor => {
    const shape = [1, ...net.shapes.get(layer.inputs[i])!];
    return value ? constant(Float64Array.from(value), shape) : zeros(shape);
  });
  return evaluated({ y: resultOf(layer, values, constantParameters(layer, net.values)) }).y;
}
