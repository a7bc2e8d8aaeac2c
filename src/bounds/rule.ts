/** @file What a layer kind must give to be bounded: its interval rule and its backward rule. */
import type { BatchNormLayer, LayerKind, LayerOfKind, Parameters } from '../nn/network.ts';
import type { Shape, Tensor } from '../tensor/index.ts';
import type { Interval } from './interval.ts';

/**
 * One layer's step of a backward walk. With a·f(x) the quantity bounded from below (one row each, [R,…]):
 * a·f(x) ≥ Σ inputs[i]·xᵢ + constant − rounding.
 */
export interface BackwardStep {
  /** Coefficients of each input, [R, …input shape]. */
  readonly inputs: readonly Tensor[];
  /** [R] */
  readonly constant?: Tensor;
  /** Rounding the step adds beyond the affine layers' share, [R]; see rounding.ts. */
  readonly rounding?: Tensor;
}

/** The linear relaxation of a nonlinear layer: coefficients of its output → step to its input. */
export type Relaxation = (a: Tensor) => BackwardStep;

/** Batch normalisation as the affine map it is: x·scale + shift per channel. */
export interface ChannelAffine {
  readonly scale: Tensor;
  readonly shift: Tensor;
}

/** What the rules may ask about the network around their layer. */
export interface BoundContext {
  readonly params: Parameters<Tensor>;
  /** Shape of a layer's output (or of `input`), without the batch axis. */
  readonly shapeOf: (name: string) => Shape;
  readonly affineOf: (layer: BatchNormLayer) => ChannelAffine;
}

export interface BackwardContext extends BoundContext {
  /** Relaxation of a nonlinear layer, made from bounds on its input. */
  readonly relaxationOf: (name: string) => Relaxation;
}

/** Both rules of one layer kind. Sound: the interval holds every f(x), the step never exceeds a·f(x). */
export interface BoundRule<K extends LayerKind> {
  interval(inputs: readonly Interval[], layer: LayerOfKind<K>, context: BoundContext): Interval;
  backward(a: Tensor, layer: LayerOfKind<K>, context: BackwardContext): BackwardStep;
  /**
   * |layer| applied to magnitudes m ≥ |x|: ≥ the sum of absolute values of all terms the layer adds up.
   * Only for layers that round; absent where the layer copies, selects or takes maxima.
   */
  magnitude?(inputs: readonly Tensor[], layer: LayerOfKind<K>, context: BoundContext): Tensor;
  /** Longest sum in the layer's forward or backward step; with `magnitude`. */
  terms?(layer: LayerOfKind<K>, context: BoundContext): number;
}
