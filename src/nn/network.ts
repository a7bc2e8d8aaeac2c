/** @file Network: a graph of named layers; what every room above passes around. */
import type { Shape } from '../tensor/index.ts';

/** Fields every layer has. Layers are listed inputs first; `input` names the network's argument. */
interface LayerBase {
  readonly name: string;
  /** Names of the layers read, or `input`. */
  readonly inputs: readonly string[];
}

/** Parameters `weight` [out,in/groups,kh,kw] and `bias` [out]. */
export interface Conv2dLayer extends LayerBase {
  readonly kind: 'conv2d';
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** [top, left, bottom, right] */
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly bias: boolean;
}

/** Parameters `weight` [out,in] and `bias` [out]; input [B,in]. */
export interface LinearLayer extends LayerBase {
  readonly kind: 'linear';
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly bias: boolean;
}

/** Parameters `weight` (γ) and `bias` (β), buffers `running_mean` and `running_var`, all [features]; axis 1. */
export interface BatchNormLayer extends LayerBase {
  readonly kind: 'batchNorm2d' | 'batchNorm1d';
  readonly features: number;
  readonly eps: number;
  /** PyTorch's momentum: running ← (1−momentum)·running + momentum·batch. */
  readonly momentum: number;
}

/** (x − mean)/std per channel: raw pixels 0..1 to what the network was trained on. */
export interface NormalizeLayer extends LayerBase {
  readonly kind: 'normalize';
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export interface PoolLayer extends LayerBase {
  readonly kind: 'maxPool2d' | 'avgPool2d';
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
}

export interface DropoutLayer extends LayerBase {
  readonly kind: 'dropout';
  /** Probability of zeroing an element in training. */
  readonly rate: number;
}

export interface LeakyReluLayer extends LayerBase {
  readonly kind: 'leakyRelu';
  readonly negativeSlope: number;
}

/** The adjoint of a convolution, as PyTorch's ConvTranspose2d. Parameters `weight` [in,out/groups,kh,kw] and `bias` [out]. */
export interface ConvTranspose2dLayer extends LayerBase {
  readonly kind: 'convTranspose2d';
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  /** [top, left, bottom, right], cut off the result. */
  readonly padding: readonly [number, number, number, number];
  /** Rows and columns added at the bottom and right, each less than the stride. */
  readonly outputPadding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
  readonly bias: boolean;
}

/** x·weight + bias elementwise; each parameter where named has `shape`, which broadcasts to the input's. */
export interface AffineLayer extends LayerBase {
  readonly kind: 'affine';
  /** Without the batch axis. */
  readonly shape: Shape;
  readonly weight: boolean;
  readonly bias: boolean;
}

/** The same elements in another shape, given without the batch axis. */
export interface ReshapeLayer extends LayerBase {
  readonly kind: 'reshape';
  readonly shape: Shape;
}

/** Axis i of the result is axis order[i] of the input; the batch axis is not counted. */
export interface PermuteLayer extends LayerBase {
  readonly kind: 'permute';
  readonly order: readonly number[];
}

/** x[start:end:step] on every axis but the batch axis; steps ≥ 1. */
export interface SliceLayer extends LayerBase {
  readonly kind: 'slice';
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly steps: readonly number[];
}

/** Inputs side by side along an axis; the batch axis is not counted. */
export interface CatLayer extends LayerBase {
  readonly kind: 'cat';
  readonly axis: number;
}

/** Zeros before and after every axis but the batch axis. */
export interface PadLayer extends LayerBase {
  readonly kind: 'pad';
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** Fixed positions along an axis, repeats allowed; the batch axis is not counted. */
export interface GatherLayer extends LayerBase {
  readonly kind: 'gather';
  readonly axis: number;
  readonly indices: readonly number[];
}

/** Sum over axes, which keep length 1; the batch axis is not counted. */
export interface SumLayer extends LayerBase {
  readonly kind: 'sum';
  readonly axes: readonly number[];
}

/** No parameters: relu, sigmoid, tanh elementwise; flatten [B,…]→[B,n]; add of two inputs; global average [B,C,H,W]→[B,C,1,1]. */
export interface PlainLayer extends LayerBase {
  readonly kind: 'relu' | 'sigmoid' | 'tanh' | 'flatten' | 'add' | 'globalAvgPool2d';
}

export type Layer =
  | Conv2dLayer
  | LinearLayer
  | BatchNormLayer
  | NormalizeLayer
  | PoolLayer
  | DropoutLayer
  | LeakyReluLayer
  | ConvTranspose2dLayer
  | AffineLayer
  | ReshapeLayer
  | PermuteLayer
  | SliceLayer
  | CatLayer
  | PadLayer
  | GatherLayer
  | SumLayer
  | PlainLayer;

export type LayerKind = Layer['kind'];
type OfKind<L extends Layer, K> = L extends unknown
  ? Extract<L['kind'], K> extends never
    ? never
    : L
  : never;
/** The layer type of a kind. */
export type LayerOfKind<K extends LayerKind> = OfKind<Layer, K>;

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
  /** How fresh weights are drawn, see initializers.ts; absent: PyTorch's default. */
  readonly initialization?: 'default' | 'kaimingNormal' | 'fanOutNormal' | 'vgg';
  /** Layer → path of its module in PyTorch's state dict (`0`, `layer1.0.conv1`), in the order listed there. */
  readonly modules?: Readonly<Record<string, string>>;
}

/** Numbers of a network: `conv1.weight`, `bn1.running_mean`, … → values (host arrays or traced tensors). */
export type Parameters<T> = Readonly<Record<string, T>>;

/** A layer by name. @throws Error where the network has none */
export function layerNamed(network: Network, name: string): Layer {
  const layer = network.layers.find((l) => l.name === name);
  if (!layer) throw new Error(`network ${network.name} has no layer ${name}`);
  return layer;
}
