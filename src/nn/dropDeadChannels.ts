/** @file Removal of channels that cannot matter: nothing reads them, or they are constant. */
import type { NumberedNetwork } from './foldBatchNorm.ts';
import { batchNormAffine } from './foldBatchNorm.ts';
import { outputName, readersOf } from './graphEdits.ts';
import type { BatchNormLayer, Conv2dLayer, Layer, LinearLayer, Network } from './network.ts';
import type { Numbers } from './parameters.ts';
import { layerShapes } from './shapes.ts';

type Weighted = Conv2dLayer | LinearLayer;

/** A reader of a producer's channels, with the layers between. */
interface Reading {
  readonly between: readonly Layer[];
  readonly consumer: Weighted;
  /** Weights of the consumer per output unit and input channel: kernel area, or flattened pixels. */
  readonly area: number;
}

export interface DroppedChannels extends NumberedNetwork {
  /** Layer → channels removed, numbered as in the network given. */
  readonly dropped: Readonly<Record<string, readonly number[]>>;
}

const isWeighted = (layer: Layer): layer is Weighted => layer.kind === 'conv2d' || layer.kind === 'linear';
const isBatchNorm = (layer: Layer): layer is BatchNormLayer =>
  layer.kind === 'batchNorm2d' || layer.kind === 'batchNorm1d';

/** Layers that map channel c of their input to channel c of their result, alone. */
const channelwise: ReadonlySet<Layer['kind']> = new Set([
  'relu',
  'leakyRelu',
  'sigmoid',
  'tanh',
  'batchNorm2d',
  'batchNorm1d',
  'maxPool2d',
  'avgPool2d',
  'globalAvgPool2d',
  'dropout',
  'flatten',
]);

/** All readings of a layer's channels; undefined where one is not understood (addition, groups, the output). */
function readingsOf(network: Network, producer: Layer): Reading[] | undefined {
  const readers = readersOf(network);
  const shapes = layerShapes(network);
  const channels = shapes.get(producer.name)![0];
  const walk = (layer: Layer, between: readonly Layer[]): Reading[] | undefined => {
    if (layer.name === outputName(network)) return undefined;
    const found: Reading[] = [];
    for (const reader of readers.get(layer.name)!) {
      if (isWeighted(reader)) {
        if (reader.kind === 'conv2d' && reader.groups !== 1) return undefined;
        const area =
          reader.kind === 'conv2d' ? reader.kernel[0] * reader.kernel[1] : reader.inFeatures / channels;
        found.push({ between, consumer: reader, area });
      } else {
        const further = channelwise.has(reader.kind) ? walk(reader, [...between, reader]) : undefined;
        if (!further) return undefined;
        found.push(...further);
      }
    }
    return found;
  };
  return walk(producer, []);
}

/** A constant channel's value behind one layer; undefined where it stops being constant. */
function constantBehind(layer: Layer, value: number, channel: number, numbers: Numbers): number | undefined {
  switch (layer.kind) {
    case 'relu':
      return Math.max(0, value);
    case 'leakyRelu':
      return value > 0 ? value : layer.negativeSlope * value;
    case 'sigmoid':
      return 1 / (1 + Math.exp(-value));
    case 'tanh':
      return Math.tanh(value);
    case 'batchNorm1d':
    case 'batchNorm2d': {
      const { scale, shift } = batchNormAffine(layer, numbers);
      return value * scale[channel] + shift[channel];
    }
    case 'avgPool2d':
      return layer.padding.every((p) => p === 0) || value === 0 ? value : undefined;
    default:
      return value;
  }
}

/** The constant that a reading sees on a channel whose incoming weights are all zero. */
function constantSeen(
  reading: Reading,
  start: number,
  channel: number,
  numbers: Numbers,
): number | undefined {
  let value: number | undefined = start;
  for (const layer of reading.between)
    if (value !== undefined) value = constantBehind(layer, value, channel, numbers);
  const { consumer } = reading;
  const padded = consumer.kind === 'conv2d' && consumer.padding.some((p) => p > 0);
  // Zero padding makes a constant image not constant, so that no bias equals it.
  return padded && value !== 0 ? undefined : value;
}

function isZero(values: ArrayLike<number>, start: number, length: number): boolean {
  for (let i = start; i < start + length; i++) if (values[i] !== 0) return false;
  return true;
}

/** Whether a consumer's weights on the channel are all zero. */
function unread({ consumer, area }: Reading, weight: ArrayLike<number>, channel: number): boolean {
  const outputs = consumer.kind === 'conv2d' ? consumer.outChannels : consumer.outFeatures;
  const row = weight.length / outputs;
  for (let o = 0; o < outputs; o++) if (!isZero(weight, o * row + channel * area, area)) return false;
  return true;
}

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

/** Drops what is dead in one producer; undefined where nothing is. */
function dropIn(
  { network, numbers }: NumberedNetwork,
  producer: Weighted,
): (NumberedNetwork & { readonly kept: readonly number[] }) | undefined {
  if (producer.kind === 'conv2d' && producer.groups !== 1) return undefined;
  const readings = readingsOf(network, producer);
  if (!readings || readings.length === 0) return undefined;
  const channels = producer.kind === 'conv2d' ? producer.outChannels : producer.outFeatures;
  const weight = numbers[`${producer.name}.weight`];
  const bias = numbers[`${producer.name}.bias`];
  const perChannel = weight.length / channels;
  const next: Record<string, Float32Array | Float64Array> = { ...numbers };
  const biases = new Map<string, Float64Array>();
  const kept: number[] = [];

  for (let c = 0; c < channels; c++) {
    const reading = readings.filter((r) => !unread(r, numbers[`${r.consumer.name}.weight`], c));
    const constants = reading.map((r) =>
      isZero(weight, c * perChannel, perChannel) ? constantSeen(r, bias?.[c] ?? 0, c, numbers) : undefined,
    );
    const isLast = c === channels - 1 && kept.length === 0;
    if (isLast || constants.some((value) => value === undefined)) {
      kept.push(c);
      continue;
    }
    reading.forEach((r, i) => addConstant(r, c, constants[i]!, numbers, biases));
  }
  if (kept.length === channels) return undefined;

  const resized = new Map<string, Partial<Record<string, number | boolean>>>();
  next[`${producer.name}.weight`] = keepBlocks(weight, channels, perChannel, kept);
  if (bias) next[`${producer.name}.bias`] = keepBlocks(bias, channels, 1, kept);
  resized.set(
    producer.name,
    producer.kind === 'conv2d' ? { outChannels: kept.length } : { outFeatures: kept.length },
  );
  for (const { between, consumer, area } of readings) {
    for (const layer of between.filter(isBatchNorm)) {
      for (const name of ['weight', 'bias', 'running_mean', 'running_var'])
        next[`${layer.name}.${name}`] = keepBlocks(numbers[`${layer.name}.${name}`], channels, 1, kept);
      resized.set(layer.name, { features: kept.length });
    }
    const key = `${consumer.name}.weight`;
    next[key] = keepBlocks(numbers[key], channels, area, kept);
    const folded = biases.get(consumer.name);
    if (folded) next[`${consumer.name}.bias`] = folded;
    const inputs =
      consumer.kind === 'conv2d' ? { inChannels: kept.length } : { inFeatures: kept.length * area };
    resized.set(consumer.name, { ...inputs, bias: consumer.bias || folded !== undefined });
  }
  const layers = network.layers.map((layer) => ({ ...layer, ...resized.get(layer.name) }));
  return { network: { ...network, layers }, numbers: next, kept };
}

/** bias[o] += value · Σ of the consumer's weights on the channel. */
function addConstant(
  { consumer, area }: Reading,
  channel: number,
  value: number,
  numbers: Numbers,
  biases: Map<string, Float64Array>,
): void {
  if (value === 0) return;
  const weight = numbers[`${consumer.name}.weight`];
  const outputs = consumer.kind === 'conv2d' ? consumer.outChannels : consumer.outFeatures;
  const row = weight.length / outputs;
  const before = numbers[`${consumer.name}.bias`];
  const bias = biases.get(consumer.name) ?? Float64Array.from(before ?? new Float64Array(outputs));
  for (let o = 0; o < outputs; o++)
    for (let k = 0; k < area; k++) bias[o] += value * weight[o * row + channel * area + k];
  biases.set(consumer.name, bias);
}

/**
 * Removes, as long as there is one, every channel of a conv2d or linear layer that no later weight reads, or whose
 * incoming weights are all zero and whose constant fits exactly into the next biases. In evaluation mode the function
 * stays the same up to rounding (sums in f64). One channel per layer stays; layers read by an addition are left alone.
 */
export function dropDeadChannels(given: NumberedNetwork): DroppedChannels {
  let current: NumberedNetwork = { network: given.network, numbers: given.numbers };
  const survivors = new Map<string, readonly number[]>();
  for (let changed = true; changed;) {
    changed = false;
    for (const name of current.network.layers.filter(isWeighted).map((l) => l.name)) {
      const producer = current.network.layers.find((l) => l.name === name) as Weighted;
      const smaller = dropIn(current, producer);
      if (!smaller) continue;
      const before = survivors.get(name);
      survivors.set(name, before ? smaller.kept.map((k) => before[k]) : smaller.kept);
      current = { network: smaller.network, numbers: smaller.numbers };
      changed = true;
    }
  }
  const dropped: Record<string, number[]> = {};
  const shapes = layerShapes(given.network);
  for (const [name, kept] of survivors) {
    const alive = new Set(kept);
    dropped[name] = Array.from({ length: shapes.get(name)![0] }, (_, c) => c).filter((c) => !alive.has(c));
  }
  return { ...current, dropped };
}
