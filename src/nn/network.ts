/** @file Network: a graph of named layers; what every room above passes around. */
import type { InputDomain } from '../data/domain.ts';
import type { Shape } from '../tensor/index.ts';
import type { LayerRule } from './layers/definition.ts';
import type { layerRules } from './layers/table.ts';

export type LayerKind = keyof typeof layerRules;
type OfRule<R> = R extends LayerRule<infer L> ? L : never;
/** The layer type of a kind, as the kind's own file has it. */
export type LayerOfKind<K extends LayerKind> = OfRule<(typeof layerRules)[K]>;
/** A layer of any kind. */
export type Layer = LayerOfKind<LayerKind>;

/** A layer without its place in the graph; each kind keeps its own fields. */
export type LayerFields = Layer extends infer L
  ? L extends Layer
    ? Omit<L, 'name' | 'inputs'>
    : never
  : never;

/** Architecture without numbers; the last layer is the output. */
export interface Network {
  readonly name: string;
  /** Without the batch axis: [C,H,W] or [n]. */
  readonly inputShape: Shape;
  readonly layers: readonly Layer[];
  /** The inputs that it is trained for and asked about; absent: raw pixels 0..1. */
  readonly domain?: InputDomain | undefined;
  /** How fresh weights are drawn, see initializers.ts; absent: PyTorch's default. */
  readonly initialization?: 'default' | 'kaimingNormal' | 'fanOutNormal' | 'vgg';
  /** Layer → path of its module in PyTorch's state dict (`0`, `layer1.0.conv1`), in the order listed there. */
  readonly modules?: Readonly<Record<string, string>>;
}

/** Numbers of a network: `conv1.weight`, `bn1.running_mean`, … → values (host arrays or traced tensors). */
export type Parameters<T> = Readonly<Record<string, T>>;

/** A record over the same keys. */
export function mapParameters<T, U>(
  values: Parameters<T>,
  f: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, f(value, key)]));
}

/** A layer by name. @throws Error where the network has none */
export function layerNamed(network: Network, name: string): Layer {
  const layer = network.layers.find((l) => l.name === name);
  if (!layer) throw new Error(`network ${network.name} has no layer ${name}`);
  return layer;
}
