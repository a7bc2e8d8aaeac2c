/** @file Why compression gained nothing, or little, and what would make the network smaller. */
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { channelsOfWeights } from '../nn/layers/weights.ts';
import { ruleOf, weightOf } from '../nn/layers/rules.ts';
import type { Compressed } from './compress.ts';

/** How the zeros of a network lie. */
interface Zeros {
  readonly weights: number;
  readonly zeros: number;
  readonly channels: number;
  /** Output channels without a weight. */
  readonly empty: number;
  /** The output channel with the smallest share of weights that are not 0, of those that have one. */
  readonly nearest:
    | { readonly layer: string; readonly channel: number; readonly left: number; readonly of: number }
    | undefined;
}

function zerosOf({ network, numbers }: NumberedNetwork): Zeros {
  let [weights, zeros, channels, empty] = [0, 0, 0, 0];
  let nearest: Zeros['nearest'];
  const last = network.layers.at(-1)!.name;
  for (const layer of network.layers) {
    const layout = weightOf(layer);
    if (!layout) continue;
    const values = numbers[`${layer.name}.weight`];
    const { output } = channelsOfWeights(layout);
    const left = new Int32Array(layout.outputs);
    for (let i = 0; i < values.length; i++) if (values[i] !== 0) left[output(i)]++;
    const of = values.length / layout.outputs;
    weights += values.length;
    zeros += values.length - left.reduce((n, v) => n + v, 0);
    // Logits stay, whatever their weights.
    if (layer.name === last) continue;
    channels += layout.outputs;
    for (const [channel, count] of left.entries()) {
      if (count === 0) empty++;
      else if (!nearest || count / of < nearest.left / nearest.of)
        nearest = { layer: layer.name, channel, left: count, of };
    }
  }
  return { weights, zeros, channels, empty, nearest };
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Below this share of channels removed, advice is given. */
const little = 0.01;

/**
 * Sentences for the user; empty where channels were removed.
 * @param given the network before compression, pruned weights 0
 */
export function compressAdvice(given: NumberedNetwork, { dropped }: Compressed): string[] {
  const { weights, zeros, channels, empty, nearest } = zerosOf(given);
  const removed = Object.values(dropped).reduce((n, list) => n + list.length, 0);
  if (removed > little * channels) return [];
  const whole =
    'Whole channels go with "prune: {granularity: channel}" in the configuration, or with a prune_method that scores ' +
    'channels (l1-channel, slim, refill, nrs).';
  if (zeros === 0) return [`No weight of this state is 0: nothing is pruned that could go. ${whole}`];
  const near =
    nearest === undefined
      ? ''
      : ` The emptiest of the others is channel ${nearest.channel} of ${nearest.layer}, with ${nearest.left} of ${nearest.of} weights left.`;
  const joined = given.network.layers.some(
    (layer) => ruleOf(layer).form === 'mixes' && layer.inputs.length > 1,
  );
  return [
    `${percent(zeros / weights)} of the weights are 0, but they lie scattered: ${empty} of ${channels} channels have none ` +
      `left, and only a channel without any can go.${near}`,
    whole,
    ...(empty > removed && joined
      ? ['Where branches are added up, a channel goes only when all of them have lost it: prune them alike.']
      : []),
    'As they are, the zeros make the file smaller once it is packed (gzip, zstd), and pay in runtimes with sparse kernels.',
  ];
}
