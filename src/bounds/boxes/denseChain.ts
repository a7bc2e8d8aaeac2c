/** @file Dense chains: networks that are linear layers with a ReLU after each but the last. */
import { parameterSpecs, type Numbers } from '../../nn/parameters.ts';
import { reachKey, roundingsOf } from '../../nn/reach.ts';
import type { BoundNetwork } from '../boundNetwork.ts';

/** x ↦ weight·x + bias; weight row-major [out, in]. */
export interface DenseLayer {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  /** Sums of absolute values behind them, where the layer was merged from others (nn/reach.ts). */
  readonly weightReach?: Float32Array | undefined;
  readonly biasReach?: Float32Array | undefined;
  /** Roundings of one element in f32 beside those of its own sum. */
  readonly roundings: number;
}

/** layers[0], ReLU, layers[1], ReLU, …, the last layer without ReLU; at least two layers. */
export interface DenseChain {
  readonly inputs: number;
  readonly outputs: number;
  readonly layers: readonly DenseLayer[];
  /** True where the numbers are the original network's own, not products rounded to f32. */
  readonly exact: boolean;
}

/** Neurons of hidden layer k, whose values the k-th ReLU reads. */
export const hiddenWidth = ({ layers }: DenseChain, k: number): number => layers[k].outFeatures;

/** Hidden layers whose bounds a walk has to find; those of layer 0 follow from the box. */
export const deepLayers = ({ layers }: DenseChain): number[] =>
  Array.from({ length: layers.length - 2 }, (_, i) => i + 1);

/** Multiplications for CROWN bounds of every neuron on one box: two rows a neuron, each walked back to the input. */
export function chainWork({ layers }: DenseChain): number {
  let before = 0;
  let work = 0;
  for (const { inFeatures, outFeatures } of layers) {
    work += 2 * outFeatures * before;
    before += inFeatures * outFeatures;
  }
  return Math.max(1, work);
}

function identity(n: number): DenseLayer {
  const weight = new Float32Array(n * n);
  for (let i = 0; i < n; i++) weight[i * n + i] = 1;
  return { inFeatures: n, outFeatures: n, weight, bias: new Float32Array(n), roundings: 0 };
}

/**
 * The chain that a network is; undefined where it has other layers, branches, or no ReLU.
 * Two ReLUs in a row, or one at either end, get an identity between or beside them.
 * @param original numbers before simplification, to tell whether any were rounded
 */
export function denseChain(net: BoundNetwork, original: Numbers): DenseChain | undefined {
  const { network, values } = net;
  const inputs = network.inputShape.reduce((a, b) => a * b, 1);
  const layers: DenseLayer[] = [];
  let width = inputs;
  let last = 'input';
  let open = false;
  for (const layer of network.layers) {
    if (layer.inputs.length !== 1 || layer.inputs[0] !== last) return undefined;
    last = layer.name;
    if (layer.kind === 'flatten' || layer.kind === 'dropout') continue;
    if (layer.kind === 'relu') {
      if (!open) layers.push(identity(width));
      open = false;
    } else if (layer.kind === 'linear' && !open) {
      const { inFeatures, outFeatures } = layer;
      const weight = Float32Array.from(values[`${layer.name}.weight`]);
      const bias = layer.bias
        ? Float32Array.from(values[`${layer.name}.bias`])
        : new Float32Array(outFeatures);
      const reach = (name: 'weight' | 'bias'): Float32Array | undefined => {
        const given = values[reachKey(layer.name, name)];
        return given && Float32Array.from(given);
      };
      layers.push({
        inFeatures,
        outFeatures,
        weight,
        bias,
        weightReach: reach('weight'),
        biasReach: reach('bias'),
        roundings: roundingsOf(values, layer.name),
      });
      width = outFeatures;
      open = true;
    } else return undefined;
  }
  if (!open) layers.push(identity(width));
  const own = sameNumbers(net, original);
  return layers.length < 2 ? undefined : { inputs, outputs: width, layers, exact: own };
}

/** Whether every array is found among the original's, number by number. */
function sameNumbers({ network, values }: BoundNetwork, original: Numbers): boolean {
  const candidates = Object.values(original);
  return parameterSpecs(network).every(({ key }) =>
    candidates.some(
      (other) => other.length === values[key].length && values[key].every((v, i) => v === other[i]),
    ),
  );
}
