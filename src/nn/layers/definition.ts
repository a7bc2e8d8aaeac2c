/** @file What defines a layer kind: everything the project knows of it, bounds aside. */
import { UserError } from '../../formats/userError.ts';
import type { OnnxAttribute, OnnxNode } from '../../formats/onnx/model.ts';
import type { Shape, Tensor } from '../../tensor/index.ts';
import type { Notation } from './notation.ts';

/** Fields every layer has. Layers are listed inputs first; `input` names the network's argument. */
export interface LayerBase {
  readonly kind: string;
  readonly name: string;
  /** Names of the layers read, or `input`. */
  readonly inputs: readonly string[];
}

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
  /** PyTorch's: running ← (1−momentum)·running + momentum·batch. */
  readonly momentum: number;
}

/** One layer at the moment of its forward pass. */
export interface ForwardSite<L extends LayerBase> {
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

/** One layer on its way into an ONNX graph, and the names around it. */
export interface OnnxSite<L extends LayerBase> {
  readonly layer: L;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Rank of the input, batch axis included. */
  readonly rank: number;
  /** Adds a constant and returns its name. */
  constant(name: string, shape: readonly number[], values: ArrayLike<number>): string;
  /** Adds a list of int64 for this layer and returns its name. */
  integers(name: string, values: readonly number[]): string;
  /** The layer's declared parameters as constants, in order. */
  parameters(): readonly string[];
  /** The node that makes `output`, from the layer's inputs and those given. */
  node(
    opType: string,
    others?: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
  ): OnnxNode;
}

/**
 * What a layer does to elements in evaluation mode:
 * - `relabels`: the same elements in the same order, in another shape
 * - `moves`: each element of the result is one of an input, or 0
 * - `scales`: each is one element of the input, times a number, plus a number
 * - `mixes`: each is a weighted sum of elements, plus a number
 * - `bends`: not affine
 */
export type LayerForm = 'relabels' | 'moves' | 'scales' | 'mixes' | 'bends';

/**
 * Weights as an array [rows, columns, taps]: rows are output channels and columns the input channels of their group, or,
 * `transposed`, rows are input channels and columns the output channels of their group. Features are channels too.
 */
export interface WeightLayout {
  readonly outputs: number;
  readonly inputs: number;
  readonly groups: number;
  /** Positions of the kernel. */
  readonly taps: number;
  readonly transposed: boolean;
  /** Not every place of the result is a sum over all taps: a constant image does not give a constant image. */
  readonly padded: boolean;
  /** Pruned always, or where linear layers are to be pruned too; absent: never. */
  readonly prunable?: 'always' | 'asked';
}

/** A layer as an affine map of each channel by itself: x·scale + shift, all [C]. */
export interface ChannelAffine {
  readonly scale: Tensor;
  readonly shift: Tensor;
  /** Sums of absolute values of the terms in `shift`. */
  readonly reach: Tensor;
}

/** A channel that holds one value whatever the input, and by how much f32 may miss it; value NaN: it holds several. */
export interface ConstantChannel {
  readonly value: number;
  /** Sum of absolute values of the terms behind the constant, at least its own absolute value. */
  readonly reach: number;
  /** Roundings on its way, in f32. */
  readonly roundings: number;
  /** Whether a constant 0 is exactly 0 in f32 too: no sum may cancel on the way. */
  readonly certain: boolean;
}

/** An elementwise function. */
export interface Elementwise<L extends LayerBase> {
  at(x: number, layer: L): number;
  /** The point at which it bends, being linear on both sides; absent where it is curved. */
  readonly kink?: number;
  /** How far runtimes may be off, of 1 or of larger values themselves; absent: it is computed to the last place. */
  readonly approximated?: number;
  /** Largest |slope|, where that is not 1; of functions that are approximated. */
  readonly steepest?: number;
  /** Values of the kind's own fields, by which the common suites try it; absent where it has none. */
  readonly example?: Readonly<Omit<L, keyof LayerBase>>;
}

/** A tensor and how far another f32 computation of it may be from it, element by element. */
export interface Doubtful {
  readonly value: Tensor;
  /** Absent where there is no doubt. */
  readonly error?: Tensor;
}

/** Everything the rooms above need to know of a layer kind, bounds aside. */
export interface LayerRule<L extends LayerBase> {
  /** What names of such layers begin with; absent: the kind. */
  readonly prefix?: string;
  readonly form: LayerForm;
  /** How it is written; absent: its kind in snake case, with the fields of `elementwise.example` as numbers. */
  readonly notation?: Notation;
  /** Shape of the result without the batch axis. @throws UserError where the inputs do not fit. */
  shape(layer: L, inputs: readonly Shape[]): Shape;
  parameters?(layer: L): readonly ParameterDeclaration[];
  forward(site: ForwardSite<L>): Tensor;
  /** Nodes in evaluation mode; the last one makes `site.output`. */
  onnx(site: OnnxSite<L>): readonly OnnxNode[];

  /** Number of weighted elements in each sum of the result, for layers that mix; absent: 1. */
  terms?(layer: L, input: Shape): number;
  /** Sums, or copies, that one element of an input takes part in, at most; absent: 1. */
  uses?(layer: L): number;
  /** Of layers whose parameters `weight` and, where they have one, `bias` make the sums. */
  weight?(layer: L): WeightLayout;
  /** The layer with other channels, or other fields of the kind's own. */
  resized?(layer: L, sizes: { readonly inputs?: number; readonly outputs?: number }): L;
  /** Of layers that scale each channel. In evaluation mode. */
  channelAffine?(layer: L, parameter: (name: string) => Tensor): ChannelAffine;
  /** Of layers that apply one function to every element. */
  readonly elementwise?: Elementwise<L>;
  /**
   * Of layers, other than elementwise and scaling ones, whose channel c follows from channel c of the inputs alone: how
   * constants go through.
   */
  channelwise?(constants: readonly ConstantChannel[], layer: L, input: Shape): ConstantChannel;
  /** What is non-negative: every result, or the result of inputs that are. */
  readonly nonnegative?: 'always' | 'kept';
  /** Whether it changes nothing in evaluation mode; `before`: the layer it reads. */
  isIdentity?(layer: L, input: Shape, before: LayerBase | undefined): boolean;
  /** Doubt about the result of a layer that bends, its one input being in doubt. */
  doubt?(input: Doubtful, result: Tensor, layer: L): Tensor | undefined;
}

/** `layer conv2 (conv2d) cannot take [3,8,8]: why`. */
export function unfit(layer: LayerBase, inputs: readonly Shape[], why: string): UserError {
  const given = inputs.map((s) => `[${s.join(',')}]`).join(' and ');
  return new UserError(`Layer ${layer.name} (${layer.kind}) cannot take ${given}: ${why}.`);
}

/** Channels, height and width of an image. @throws UserError where the input is none */
export function imageOf(layer: LayerBase, inputs: readonly Shape[]): readonly [number, number, number] {
  if (inputs[0].length !== 3) throw unfit(layer, inputs, 'it needs channels, height and width');
  return inputs[0] as readonly [number, number, number];
}

/** The shape of the only input. */
export const sameAsInput = (_: LayerBase, inputs: readonly Shape[]): Shape => inputs[0];

export const ints = (values: readonly number[]): OnnxAttribute => ({ ints: values });
