/** @file Which values of a network share one set of channels: they can only lose a channel together. */
import type { BatchNormLayer, Conv2dLayer, Layer, LinearLayer, Network } from './network.ts';
import { layerShapes } from './shapes.ts';

/** Layers that make channels out of others. */
export type Weighted = Conv2dLayer | LinearLayer;

/** A weighted layer that reads a set of channels. */
export interface Reading {
  readonly consumer: Weighted;
  /** Weights of the consumer per output and input channel: kernel area, or flattened pixels. */
  readonly area: number;
}

/** Channels made by weighted layers, carried on by channelwise layers and additions. */
export interface ChannelSpace {
  readonly channels: number;
  readonly producers: readonly Weighted[];
  /** Layers whose results have these channels, producers included, in the network's order. */
  readonly values: readonly Layer[];
  readonly readings: readonly Reading[];
}

export const isWeighted = (layer: Layer): layer is Weighted =>
  layer.kind === 'linear' || (layer.kind === 'conv2d' && layer.groups === 1);

export const isBatchNorm = (layer: Layer): layer is BatchNormLayer =>
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

export const outputsOf = (layer: Weighted): number =>
  layer.kind === 'conv2d' ? layer.outChannels : layer.outFeatures;

/** A space while it is being put together; `free` is false once something needs all its channels. */
interface Growing {
  readonly channels: number;
  free: boolean;
  readonly values: Set<string>;
}

/**
 * The spaces that may lose channels: those in which every value, producer and reader is understood, and which hold
 * neither the network's input nor its output.
 */
export function channelSpaces(network: Network): ChannelSpace[] {
  const shapes = layerShapes(network);
  const spaceOf = new Map<string, Growing>();
  const start = (name: string, free: boolean): void => {
    spaceOf.set(name, { channels: shapes.get(name)![0], free, values: new Set([name]) });
  };
  const join = (name: string, sources: readonly string[]): void => {
    const spaces = [...new Set(sources.map((source) => spaceOf.get(source)!))];
    const [first] = spaces;
    first.values.add(name);
    spaceOf.set(name, first);
    for (const other of spaces.slice(1)) {
      first.free &&= other.free && other.channels === first.channels;
      for (const value of other.values) {
        first.values.add(value);
        spaceOf.set(value, first);
      }
    }
  };
  start('input', false);
  for (const layer of network.layers) {
    const { name, inputs } = layer;
    if (isWeighted(layer)) start(name, true);
    else if (channelwise.has(layer.kind) || layer.kind === 'add') {
      join(name, inputs);
      if (isBatchNorm(layer) && layer.features !== spaceOf.get(name)!.channels)
        spaceOf.get(name)!.free = false;
    } else {
      start(name, false);
      for (const input of inputs) spaceOf.get(input)!.free = false;
    }
  }
  spaceOf.get(network.layers.at(-1)!.name)!.free = false;

  const free = [...new Set(spaceOf.values())].filter((space) => space.free);
  return free.map((space) => {
    const values = network.layers.filter((l) => space.values.has(l.name));
    const readings = network.layers.filter(isWeighted).flatMap((consumer): Reading[] => {
      if (!space.values.has(consumer.inputs[0])) return [];
      const area =
        consumer.kind === 'conv2d'
          ? consumer.kernel[0] * consumer.kernel[1]
          : consumer.inFeatures / space.channels;
      return [{ consumer, area }];
    });
    return { channels: space.channels, producers: values.filter(isWeighted), values, readings };
  });
}
