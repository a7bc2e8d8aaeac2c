/** @file What a layer kind must give to be bounded: its interval rule and its backward rule. */
import type { BatchNormLayer } from '../nn/layers/batchNorm.ts';
import type { LayerKind, LayerOfKind, Parameters } from '../nn/network.ts';
import type { Shape, Tensor } from '../tensor/index.ts';
import type { Ball } from './ball.ts';
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
  /** Rounding the step adds beyond what `RoundingRule`s tell (intercepts, splits), [R]. */
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
  /** Batch norms by other statistics than the running ones. */
  readonly affineOf?: (layer: BatchNormLayer) => ChannelAffine;
  /** What the layer was merged from, where it was; see nn/reach.ts. */
  readonly mergedOf?: (layer: string) => Merged;
}

/** What a merged layer's rounding is measured by. */
export interface Merged {
  /** Sums of absolute values in place of |weight| and |bias|, of their shapes; absent where those serve. */
  readonly weight?: Tensor | undefined;
  readonly bias?: Tensor | undefined;
  /** Roundings of one element beside those of the layer as it stands. */
  readonly roundings: number;
}

export interface BackwardContext extends BoundContext {
  /** Relaxation of a nonlinear layer, made from bounds on its input. */
  readonly relaxationOf: (name: string) => Relaxation;
}

/** Both rules of one layer kind. Sound: the interval holds every f(x), the step never exceeds a·f(x). */
export interface BoundRule<K extends LayerKind> {
  interval(inputs: readonly Interval[], layer: LayerOfKind<K>, context: BoundContext): Interval;
  backward(a: Tensor, layer: LayerOfKind<K>, context: BackwardContext): BackwardStep;
  /** How the layer rounds; absent where it copies, selects or takes maxima. */
  readonly rounding?: RoundingRule<K>;
  /** What becomes of a ball of inputs; absent where nothing better is known than what becomes of its box. */
  ball?(ball: Ball, layer: LayerOfKind<K>, context: BoundContext): BallStep | undefined;
}

/** A ball behind a layer that moves and scales elements, or centre ± radius behind one that mixes them. */
export type BallStep =
  | { readonly kind: 'ball'; readonly ball: Ball }
  | { readonly kind: 'interval'; readonly center: Tensor; readonly radius: Tensor };

/** The sums a layer adds up, in absolute values: what the rounding rule needs (rounding.ts, layerErrors.ts). */
export interface RoundingRule<K extends LayerKind> {
  /** |W|·m + |b| for magnitudes m ≥ |x| of the inputs. */
  forward(inputs: readonly Tensor[], layer: LayerOfKind<K>, context: BoundContext): Tensor;
  /** Roundings of one element where the layer is computed in f32: terms of its sum. */
  forwardTerms(layer: LayerOfKind<K>, context: BoundContext): number;
  /**
   * How many of an element's terms are not exactly 0, where inputs with m = 0 make others so: adding 0 does not round.
   * Broadcasts to the output; absent: all of them.
   */
  activeTerms?(inputs: readonly Tensor[], layer: LayerOfKind<K>, context: BoundContext): Tensor | undefined;
  /** Roundings of one coefficient of a backward step: terms of its sum. */
  backwardTerms(layer: LayerOfKind<K>): number;
  /** Roundings of the constant a·b; absent where there is none. */
  constantTerms?(layer: LayerOfKind<K>, context: BoundContext): number;
  /** What the backward step of a nonlinear layer multiplies coefficients with, where that is not `forward`. */
  through?(inputs: readonly Tensor[]): Tensor;
}
