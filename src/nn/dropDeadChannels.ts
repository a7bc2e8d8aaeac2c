/** @file Removal of channels that cannot matter: nothing reads them, or they are constant. */
import { channelSpaces, denseWeight, type ChannelSpace, type Reading } from './channelSpaces.ts';
import { constantsOf, isZero } from './constantChannels.ts';
import type { NumberedNetwork } from './foldBatchNorm.ts';
import type { ConstantChannel } from './layers/definition.ts';
import { parametersOf, ruleOf } from './layers/rules.ts';
import type { Layer } from './network.ts';
import { mergedNumbers, reachKey, reachOf, roundingsOf } from './reach.ts';

export interface DroppedChannels extends NumberedNetwork {
  /** Layer → channels removed, numbered as in the network given. */
  readonly dropped: Readonly<Record<string, readonly number[]>>;
}

type Draft = Record<string, Float32Array | Float64Array>;

/** Elements of blocks: keeps block c of each group of `channels` blocks where `kept` lists c. */
function keepBlocks(
  values: Float32Array | Float64Array,
  channels: number,
  area: number,
  kept: readonly number[],
): Float32Array | Float64Array {
  const groups = values.length / (channels * area);
  const out = values.slice(0, groups * kept.length * area);
  for (let g = 0; g < groups; g++)
    kept.forEach((c, k) => {
      const from = (g * channels + c) * area;
      out.set(values.subarray(from, from + area), (g * kept.length + k) * area);
    });
  return out;
}

/** Calls back with the position of each of a consumer's weights on a channel, and its output. */
function eachWeight(
  { layout: { outputs }, area }: Reading,
  size: number,
  channel: number,
  f: (at: number, output: number) => void,
): void {
  const row = size / outputs;
  for (let o = 0; o < outputs; o++) for (let k = 0; k < area; k++) f(o * row + channel * area + k, o);
}

/** Whether a consumer's weights on the channel are all zero. */
function isUnread(
  { layout: { outputs }, area }: Reading,
  weight: ArrayLike<number>,
  channel: number,
): boolean {
  const row = weight.length / outputs;
  for (let o = 0; o < outputs; o++) if (!isZero(weight, o * row + channel * area, area)) return false;
  return true;
}

/** One channel as a space's readers see it. */
interface Seen {
  readonly channel: number;
  /** Readings with weights on the channel. */
  readonly readings: readonly Reading[];
  /** What each of them reads. */
  readonly constants: readonly ConstantChannel[];
}

/** Zero padding makes a constant image not constant, so that no bias equals it. */
const fitsIntoBias = ({ readings, constants }: Seen): boolean =>
  readings.every(({ layout }, i) => {
    const { value } = constants[i];
    return value === 0 || (!Number.isNaN(value) && !layout.padded);
  });

/**
 * bias[o] += value · Σ of the consumer's weights on the channel.
 * @returns the consumer's numbers that change; undefined where f32 would not hold them
 */
function addToBias(
  reading: Reading,
  channel: number,
  constant: ConstantChannel,
  numbers: Draft,
): Draft | undefined {
  const { value } = constant;
  if (value === 0 && constant.certain) return {};
  const { name } = reading.consumer;
  const weight = numbers[`${name}.weight`];
  const weightReach = numbers[reachKey(name, 'weight')] ?? weight;
  const none = new Float64Array(reading.layout.outputs);
  const values = new Float64Array(numbers[`${name}.bias`] ?? none);
  const reach = new Float64Array(reachOf(numbers, name, 'bias') ?? none);
  eachWeight(reading, weight.length, channel, (at, o) => {
    values[o] += value * weight[at];
    reach[o] += constant.reach * Math.abs(weightReach[at]);
  });
  const roundings = roundingsOf(numbers, name) + constant.roundings + reading.area;
  return mergedNumbers(name, undefined, { values, reach }, roundings);
}

/**
 * Lets one constant channel stand for others: weights on a channel of value v act as v/w times themselves on a channel
 * of value w, padding included.
 * @returns channels that are no longer read
 */
function mergeConstants(constant: readonly Seen[], numbers: Draft): number[] {
  const weakest = ({ constants }: Seen): number => Math.min(...constants.map(({ value }) => Math.abs(value)));
  const [first] = constant.toSorted((a, b) => weakest(b) - weakest(a));
  if (!first || weakest(first) === 0) return [];
  return constant.flatMap((seen) => {
    const stand = seen.readings.map((reading) => first.readings.indexOf(reading));
    if (seen === first || stand.includes(-1)) return [];
    const changed: Draft = {};
    const fits = seen.readings.every((reading, i) => {
      const { name } = reading.consumer;
      const weight = new Float64Array(numbers[`${name}.weight`]);
      const reach = new Float64Array(reachOf(numbers, name, 'weight')!);
      const gone = seen.constants[i];
      const { value } = first.constants[stand[i]];
      const factor = gone.value / value;
      const growth = gone.reach / Math.abs(value);
      const offset = (first.channel - seen.channel) * reading.area;
      eachWeight(reading, weight.length, seen.channel, (at) => {
        weight[at + offset] += factor * weight[at];
        reach[at + offset] += growth * reach[at];
        weight[at] = 0;
        reach[at] = 0;
      });
      const roundings = roundingsOf(numbers, name) + gone.roundings + 2;
      const merged = mergedNumbers(name, { values: weight, reach }, undefined, roundings);
      Object.assign(changed, merged);
      return merged !== undefined;
    });
    if (!fits) return [];
    Object.assign(numbers, changed);
    return [seen.channel];
  });
}

/** Drops what is dead in one space; undefined where nothing is. */
function dropIn(
  { network, numbers }: NumberedNetwork,
  space: ChannelSpace,
): (NumberedNetwork & { readonly kept: readonly number[] }) | undefined {
  const { channels, producers, values, readings } = space;
  if (readings.length === 0) return undefined;
  const constants = constantsOf(space, numbers);
  const next: Draft = { ...numbers };
  const gone = new Set<number>();
  const constant: Seen[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const reading = readings.filter((r) => !isUnread(r, numbers[`${r.consumer.name}.weight`], channel));
    const found = reading.map((r) => constants.get(r.consumer.inputs[0])![channel]);
    const seen = { channel, readings: reading, constants: found };
    const isLast = channel === channels - 1 && gone.size === channel;
    const changed =
      !isLast && fitsIntoBias(seen)
        ? reading.map((r, i) => addToBias(r, channel, found[i], next))
        : [undefined];
    if (!changed.includes(undefined)) {
      gone.add(channel);
      Object.assign(next, ...changed);
    } else if (found.length > 0 && !found.some(({ value }) => Number.isNaN(value))) constant.push(seen);
  }
  for (const channel of mergeConstants(constant, next)) gone.add(channel);
  if (gone.size === 0) return undefined;

  const kept = Array.from({ length: channels }, (_, c) => c).filter((c) => !gone.has(c));
  const resized = new Map<string, Layer>();
  const resize = (layer: Layer, sizes: { inputs?: number; outputs?: number }): void => {
    const before = resized.get(layer.name) ?? layer;
    resized.set(layer.name, ruleOf(layer).resized!(before, sizes));
  };
  for (const { consumer, layout, area } of readings) {
    for (const key of [`${consumer.name}.weight`, reachKey(consumer.name, 'weight')])
      if (next[key]) next[key] = keepBlocks(next[key], channels, area, kept);
    resize(consumer, { inputs: (kept.length * area) / layout.taps });
    if (`${consumer.name}.bias` in next)
      resized.set(consumer.name, { ...resized.get(consumer.name)!, bias: true } as Layer);
  }
  for (const layer of producers) {
    const each = next[`${layer.name}.weight`].length / channels;
    const blocks = { weight: each, bias: 1 };
    for (const name of ['weight', 'bias'] as const)
      for (const key of [`${layer.name}.${name}`, reachKey(layer.name, name)])
        if (next[key]) next[key] = keepBlocks(next[key], channels, blocks[name], kept);
    resize(layer, { outputs: kept.length });
  }
  for (const layer of values.filter((l) => !producers.includes(l) && ruleOf(l).resized)) {
    for (const { name } of parametersOf(layer))
      next[`${layer.name}.${name}`] = keepBlocks(numbers[`${layer.name}.${name}`], channels, 1, kept);
    resize(layer, { outputs: kept.length });
  }
  const layers = network.layers.map((layer) => resized.get(layer.name) ?? layer);
  return { network: { ...network, layers }, numbers: next, kept };
}

/**
 * Removes, as long as there is one, every channel of weighted layers that no later weight reads, or whose
 * incoming weights are all zero: its constant goes into the next biases where that is exact, or into the weights of
 * one constant channel that stays for all. What additions join loses a channel only together. In evaluation mode the
 * function stays the same up to rounding (sums in f64). One channel per layer stays.
 */
export function dropDeadChannels(given: NumberedNetwork): DroppedChannels {
  let current: NumberedNetwork = { network: given.network, numbers: given.numbers };
  const survivors = new Map<string, readonly number[]>();
  for (let changed = true; changed;) {
    changed = false;
    const names = channelSpaces(current.network).map((space) => space.producers[0].name);
    for (const name of names) {
      const space = channelSpaces(current.network).find((s) => s.producers[0].name === name);
      const smaller = space && dropIn(current, space);
      if (!smaller) continue;
      for (const producer of space.producers) {
        const before = survivors.get(producer.name);
        survivors.set(producer.name, before ? smaller.kept.map((k) => before[k]) : smaller.kept);
      }
      current = { network: smaller.network, numbers: smaller.numbers };
      changed = true;
    }
  }
  const dropped: Record<string, number[]> = {};
  for (const layer of given.network.layers) {
    const kept = survivors.get(layer.name);
    if (!kept) continue;
    const alive = new Set(kept);
    const { outputs } = denseWeight(layer)!;
    dropped[layer.name] = Array.from({ length: outputs }, (_, c) => c).filter((c) => !alive.has(c));
  }
  return { ...current, dropped };
}
