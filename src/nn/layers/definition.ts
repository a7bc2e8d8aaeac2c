/** @file What defines a layer kind: its result's shape, its parameters, its forward pass. */
import { UserError } from '../../formats/userError.ts';
import type { Shape, Tensor } from '../../tensor/index.ts';
import type { Layer } from '../network.ts';

/** How a parameter starts: one value everywhere, uniform in ±`uniform`, or normal with deviation `normal` around 0. */
export type Initial = number | { readonly uniform: number } | { readonly normal: number };

/** One parameter or buffer of a layer. */
export interface ParameterDeclaration {
  /** PyTorch's name within the layer: `weight`, `bias`, `running_mean`, … */
  readonly name: string;
  readonly shape: Shape;
  /** Trained by the optimiser; buffers are not. */
  readonly trainable: boolean;
  readonly initial: Initial;
}

/** Training mode uses batch statistics and drops elements, evaluation mode running statistics. */
export type Mode = 'train' | 'eval';

/** Per-channel statistics of one batch, both [C]. */
export interface BatchStatistics {
  readonly mean: Tensor;
  /** Biased (divided by the number of elements), as used for normalising. */
  readonly variance: Tensor;
  /** Elements per channel. */
  readonly count: number;
}

/** One layer at the moment of its forward pass. */
export interface ForwardSite<L extends Layer = Layer> {
  readonly layer: L;
  /** [B, …], in the order of `layer.inputs`. */
  readonly inputs: readonly Tensor[];
  readonly mode: Mode;
  /** The layer's own parameter by name. */
  parameter(name: string): Tensor;
  /** Reports batch statistics to whoever updates the running ones. */
  recordStatistics(statistics: BatchStatistics): void;
  /** Dropout in training: 0/1 tensor of the input's shape. */
  readonly keepMask?: Tensor | undefined;
}

/** Everything the rooms above need to know of a layer kind, bounds aside. */
export interface LayerRule<L extends Layer = Layer> {
  /** Shape of the result without the batch axis. @throws UserError where the inputs do not fit. */
  shape(layer: L, inputs: readonly Shape[]): Shape;
  parameters(layer: L): readonly ParameterDeclaration[];
  forward(site: ForwardSite<L>): Tensor;
}

/** `layer conv2 (conv2d) cannot take [3,8,8]: why`. */
export function unfit(layer: Layer, inputs: readonly Shape[], why: string): UserError {
  const given = inputs.map((s) => `[${s.join(',')}]`).join(' and ');
  return new UserError(`Layer ${layer.name} (${layer.kind}) cannot take ${given}: ${why}.`);
}

export const noParameters = (): readonly ParameterDeclaration[] => [];
