/** @file Which values of a network share one set of channels: they can only lose a channel together. */
import type { Shape } from '../tensor/index.ts';
import { parametersOf, ruleOf, weightOf } from './layers/rules.ts';
import { isDense } from './layers/weights.ts';
import type { WeightLayout } from './layers/definition.ts';
import type { Layer, Network } from './network.ts';
import { layerShapes } from './shapes.ts';

/** Layout of the weights of a layer whose every output channel reads every input channel; undefined for all others. */
export function denseWeight(layer: Layer): WeightLayout | undefined {
  const layout = weightOf(layer);
  return layout && isDense(layout) ? layout : undefined;
}

/** Whether channel c of the result follows from channel c of the inputs alone. */
function isChannelwise(layer: Layer): boolean {
  const { elementwise, channelAffine, channelwise, resized } = ruleOf(layer);
  return (elementwise ?? channelwise ?? (channelAffine && resized)) !== undefined;
}

/** A weighted layer that reads a set of channels. */
export interface Reading {
  readonly consumer: Layer;
  readonly layout: WeightLayout;
  /** Weights of the consumer per output and input channel: kernel area, or flattened pixels. */
  readonly area: number;
}

/** Channels made by weighted layers, carried on by channelwise layers and additions. */
export interface ChannelSpace {
  readonly channels: number;
  readonly producers: readonly Layer[];
  /** Layers whose results have these channels, producers included, in the network's order. */
  readonly values: readonly Layer[];
  readonly readings: readonly Reading[];
  /** Of all values of the network. */
  readonly shapes: ReadonlyMap<string, Shape>;
}

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
    if (denseWeight(layer)) start(name, true);
    else if (isChannelwise(layer)) {
      join(name, inputs);
      // A flattened image has a channel's pixels in stretches, each with parameters of its own.
      const { channels } = spaceOf.get(name)!;
      if (parametersOf(layer).some(({ shape }) => shape[0] !== channels)) spaceOf.get(name)!.free = false;
    } else {
      start(name, false);
      for (const input of inputs) spaceOf.get(input)!.free = false;
    }
  }
  spaceOf.get(network.layers.at(-1)!.name)!.free = false;

  const free = [...new Set(spaceOf.values())].filter((space) => space.free);
  return free.map((space) => {
    const values = network.layers.filter((l) => space.values.has(l.name));
    const readings = network.layers.flatMap((consumer): Reading[] => {
      const layout = denseWeight(consumer);
      if (!layout || !space.values.has(consumer.inputs[0])) return [];
      return [{ consumer, layout, area: (layout.inputs * layout.taps) / space.channels }];
    });
    const producers = values.filter(denseWeight);
    return { channels: space.channels, producers, values, readings, shapes };
  });
}
