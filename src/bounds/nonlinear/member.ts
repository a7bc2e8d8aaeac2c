/** @file What a nonlinear kind must give to be bounded, optimised and split. */
import type { LayerKind, LayerOfKind } from '../../nn/network.ts';
import type { Shape, Tensor } from '../../tensor/index.ts';
import type { HostInterval } from '../hostBounds.ts';
import type { Interval } from '../interval.ts';
import type { BoundRule, Relaxation } from '../rule.ts';
import type { Lines } from './lines.ts';
import type { LowerSlope } from './lowerSlope.ts';

/** A member of the family: a kind that a backward walk passes by a linear relaxation over bounds of what it reads. */
export interface Nonlinear<K extends LayerKind> extends Pick<BoundRule<K>, 'interval' | 'rounding'> {
  /** Decided exactly by programs whose neurons keep to one side of their kink. */
  readonly exact?: 'piecewise';
  /**
   * Linear bounds of the layer.
   * @param input bounds on what the layer reads, [1|B|R, …input shape]; R rows share B boxes in order
   */
  relaxation(layer: LayerOfKind<K>, input: Interval, slope?: LowerSlope): Relaxation;
  /** Positions in the layer read whose bounds are worth rows of a backward walk: tighter ones would tighten the relaxation. */
  open(bounds: HostInterval, layer: LayerOfKind<K>, shape: Shape): number[];
  /** Present where the layer acts on each element by itself: its neurons have lines of their own, and can be split. */
  readonly elementwise?: Elementwise<K>;
}

/** A function of one element. */
export interface Elementwise<K extends LayerKind> {
  /**
   * Lines over bounds [1|B|R, …], in two steps: what follows from the bounds alone, then from variables, each in [0, 1]
   * and of the bounds' shape (or [R, …] where these are shared). Sound for any values of them. Absent: CROWN's own.
   */
  lines(layer: LayerOfKind<K>, bounds: Interval): (variables?: readonly Tensor[]) => Lines;
  /** Variables of a neuron. */
  readonly variables: number;
  /** Where they start: `variables` blocks of one number a neuron. */
  start(bounds: HostInterval, slope: LowerSlope): Float32Array;
  /**
   * Where a neuron is best split: an f32 number between its bounds. Undefined where halves would not have tighter lines.
   */
  splitPoint(lower: number, upper: number): number | undefined;
  /** Only open neurons have lines of their own in each row; the others are exact at the root. */
  readonly gathered: boolean;
  readonly rows: RowForms<K>;
}

/** How rows with lines of their own pass the layer: fast while variables are optimised, soundly in the end. */
export interface RowForms<K extends LayerKind> {
  optimized(layer: LayerOfKind<K>, setting: SiteSetting, rows: number): OptimizedSite;
  relaxation(layer: LayerOfKind<K>, setting: SiteSetting, variables: SiteVariables): SiteRelaxation;
}

/** Splits of branch and bound in one site, [R, D] each; unused places have side 0. */
export interface SplitPlaces<T = Tensor> {
  /** Compact positions, int32. */
  readonly position: T;
  /** +1: z ≥ point, −1: z ≤ point. */
  readonly side: T;
  /** Absent: 0. */
  readonly point?: T;
}

/** One site where U of its n neurons have lines of their own. */
export interface SiteSetting {
  /** 1 where the root's lower bound is at least 0, else 0; [1, n]. */
  readonly active: Tensor;
  /** Places of the U neurons, int32 [U]; padding repeats a place, with l = u = −1. Absent: all neurons, U = n. */
  readonly index?: Tensor | undefined;
  /** Bounds of what those neurons read, [1|R, U]; splits are clipped in. */
  readonly lower: Tensor;
  readonly upper: Tensor;
  /** Present for domains of branch and bound. */
  readonly split?: SplitPlaces | undefined;
}

/** What is optimised: variables side by side, [1|R, variables·U], and multipliers ≥ 0 beside `split`, [R, D]. */
export interface SiteVariables {
  readonly alpha: Tensor;
  readonly beta?: Tensor | undefined;
}

/** One site of a batch of R rows; what depends on neither α nor β is computed once, outside the loop. */
export interface OptimizedSite {
  /** 1 where α matters, [1|R, variables·U]; absent: the gradient tells, being 0 elsewhere. */
  readonly unstable?: Tensor;
  /** α as `pass` wants it. */
  readonly settled: (alpha: Tensor) => Tensor;
  /** @param push −side·β of the splits, [R, D] */
  readonly pass: (alpha: Tensor, push?: Tensor) => SitePass;
}

/** First `backward`, then `forward`. */
export interface SitePass {
  /** Coefficients of the output → of the input: s∘a − side·β, with the slope s below where a > 0, else above. */
  readonly backward: (a: Tensor) => Tensor;
  /** The relaxed layer at the value z of its input, by the lines that `backward` chose: s∘z + intercept. */
  readonly forward: (z: Tensor) => {
    readonly output: Tensor;
    /** ∂bound/∂α, [1|R, variables·U]; of no meaning where α does not matter. */
    readonly alphaGradient: Tensor;
    /** z − point at the splits, [R, D]. */
    readonly splitValues?: Tensor;
  };
}

/** A relaxation, and what it has seen once a walk has passed. */
export interface SiteRelaxation {
  readonly relax: Relaxation;
  /** Coefficients of the output at the U neurons, [R, U]. */
  readonly seen: { coefficients?: Tensor };
  /**
   * What the lines cost the bound of each row where the layer reads z [R, …], ≥ 0, [R, U]: what branching goes by.
   * Absent: it goes by the coefficients.
   */
  readonly loss?: (z: Tensor) => Tensor;
}
