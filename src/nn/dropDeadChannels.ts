/** @file Removal of channels that cannot matter: nothing reads them, or they are constant. */
import {
  channelSpaces,
  isBatchNorm,
  isWeighted,
  outputsOf,
  type ChannelSpace,
  type Reading,
} from './channelSpaces.ts';
import { constantsOf, isZero } from './constantChannels.ts';
import type { NumberedNetwork } from './foldBatchNorm.ts';
import type { Layer } from './network.ts';
import { layerShapes } from './shapes.ts';

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
  { consumer, area }: Reading,
  size: number,
  channel: number,
  f: (at: number, output: number) => void,
): void {
  const outputs = outputsOf(consumer);
  const row = size / outputs;
  for (let o = 0; o < outputs; o++) for (let k = 0; k < area; k++) f(o * row + channel * area + k, o);
}

/** Whether a consumer's weights on the channel are all zero. */
function isUnread({ consumer, area }: Reading, weight: ArrayLike<number>, channel: number): boolean {
  const row = weight.length / outputsOf(consumer);
  for (let o = 0; o < outputsOf(consumer); o++)
    if (!isZero(weight, o * row + channel * area, area)) return false;
  return true;
}

/** One channel as a space's readers see it. */
interface Seen {
  readonly channel: number;
  /** Readings with weights on the channel. */
  readonly readings: readonly Reading[];
  /** The constant at each of them, NaN where it is none. */
  readonly constants: readonly number[];
}

const isPadded = ({ consumer }: Reading): boolean =>
  consumer.kind === 'conv2d' && consumer.padding.some((p) => p > 0);

/** Zero padding makes a constant image not constant, so that no bias equals it. */
const fitsIntoBias = ({ readings, constants }: Seen): boolean =>
  readings.every((reading, i) => constants[i] === 0 || (!Number.isNaN(constants[i]) && !isPadded(reading)));

/** bias[o] += value · Σ of the consumer's weights on the channel. */
function addToBias(reading: Reading, channel: number, value: number, numbers: Draft): void {
  if (value === 0) return;
  const { name } = reading.consumer;
  const weight = numbers[`${name}.weight`];
  const before = numbers[`${name}.bias`] ?? new Float64Array(outputsOf(reading.consumer));
  const bias = new Float64Array(before);
  eachWeight(reading, weight.length, channel, (at, o) => void (bias[o] += value * weight[at]));
  numbers[`${name}.bias`] = bias;
}

/**
 * Lets one constant channel stand for others: weights on a channel of value v act as v/w times themselves on a channel
 * of value w, padding included.
 * @returns channels that are no longer read
 */
function mergeConstants(constant: readonly Seen[], numbers: Draft): number[] {
  const weakest = ({ constants }: Seen): number => Math.min(...constants.map(Math.abs));
  const [first] = constant.toSorted((a, b) => weakest(b) - weakest(a));
  if (!first || weakest(first) === 0) return [];
  const copied = new Map<string, Float64Array>();
  return constant.flatMap((seen) => {
    const stand = seen.readings.map((reading) => first.readings.indexOf(reading));
    if (seen === first || stand.includes(-1)) return [];
    seen.readings.forEach((reading, i) => {
      const key = `${reading.consumer.name}.weight`;
      const weight = copied.get(key) ?? new Float64Array(numbers[key]);
      const factor = seen.constants[i] / first.constants[stand[i]];
      const offset = (first.channel - seen.channel) * reading.area;
      eachWeight(reading, weight.length, seen.channel, (at) => {
        weight[at + offset] += factor * weight[at];
        weight[at] = 0;
      });
      copied.set(key, weight);
      numbers[key] = weight;
    });
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
    if (!isLast && fitsIntoBias(seen)) {
      gone.add(channel);
      reading.forEach((r, i) => addToBias(r, channel, found[i], next));
    } else if (found.length > 0 && !found.some(Number.isNaN)) constant.push(seen);
  }
  for (const channel of mergeConstants(constant, next)) gone.add(channel);
  if (gone.size === 0) return undefined;

  const kept = Array.from({ length: channels }, (_, c) => c).filter((c) => !gone.has(c));
  const resized = new Map<string, Partial<Record<string, number | boolean>>>();
  const resize = (layer: Layer, fields: Partial<Record<string, number | boolean>>): void =>
    void resized.set(layer.name, { ...resized.get(layer.name), ...fields });
  for (const { consumer, area } of readings) {
    const key = `${consumer.name}.weight`;
    next[key] = keepBlocks(next[key], channels, area, kept);
    resize(consumer, {
      ...(consumer.kind === 'conv2d' ? { inChannels: kept.length } : { inFeatures: kept.length * area }),
      bias: `${consumer.name}.bias` in next,
    });
  }
  for (const layer of producers) {
    const weight = next[`${layer.name}.weight`];
    const bias = next[`${layer.name}.bias`];
    next[`${layer.name}.weight`] = keepBlocks(weight, channels, weight.length / channels, kept);
    if (bias) next[`${layer.name}.bias`] = keepBlocks(bias, channels, 1, kept);
    resize(layer, layer.kind === 'conv2d' ? { outChannels: kept.length } : { outFeatures: kept.length });
  }
  for (const layer of values.filter(isBatchNorm)) {
    for (const name of ['weight', 'bias', 'running_mean', 'running_var'])
      next[`${layer.name}.${name}`] = keepBlocks(numbers[`${layer.name}.${name}`], channels, 1, kept);
    resize(layer, { features: kept.length });
  }
  const layers = network.layers.map((layer) => ({ ...layer, ...resized.get(layer.name) }));
  return { network: { ...network, layers }, numbers: next, kept };
}

/**
 * Removes, as long as there is one, every channel of conv2d and linear layers that no later weight reads, or whose
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
  const shapes = layerShapes(given.network);
  for (const layer of given.network.layers.filter(isWeighted)) {
    const kept = survivors.get(layer.name);
    if (!kept) continue;
    const alive = new Set(kept);
    dropped[layer.name] = Array.from({ length: shapes.get(layer.name)![0] }, (_, c) => c).filter(
      (c) => !alive.has(c),
    );
  }
  return { ...current, dropped };
}
