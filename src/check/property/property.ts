/** @file What is to be refuted: sets of inputs, and conditions on the outputs that must not be met in them. */

/** `coefficients·y <= bound`. */
export interface Row {
  /** One an output: the f64 numbers at, or next to, what was written. */
  readonly coefficients: Float64Array;
  /** Rounded upward. */
  readonly bound: number;
}

/** Points of the box (and of the ball, where there is one). */
export interface InputSet {
  /** Ends that f64 does not hold are rounded outward. */
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** ‖x − center‖ <= radius; the radius is rounded upward. */
  readonly ball?: { readonly norm: 'l1' | 'l2'; readonly center: Float64Array; readonly radius: number };
  /** An input is unsafe where all rows of one of these conjunctions hold for its outputs. None of them is empty. */
  readonly unsafe: readonly (readonly Row[])[];
}

export interface Property {
  readonly sets: readonly InputSet[];
  /** Outputs of the model that the rows speak of. */
  readonly outputs: number;
  /** What the model is given instead of x: (x − mean) / std, each one number or one a channel. */
  readonly normalization?: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Element type that a VNN-LIB 2.0 file declares. */
  readonly declared?: string;
}
