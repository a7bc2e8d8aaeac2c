/** @file What the checker is told and what it answers: model, property, steps of a proof, session, report. Types only. */

/** A tensor of the model file; `values` are the file's numbers exactly (integers beyond 2^53 are refused by the reader). */
export interface Constant {
  readonly shape: readonly number[];
  readonly type:
    | 'float32'
    | 'float64'
    | 'float16'
    | 'bfloat16'
    | 'bool'
    | `${'u' | ''}int${8 | 16 | 32 | 64}`;
  readonly values: Float64Array;
}

export type Attribute = number | readonly number[] | string | Constant;

/** A node of the default domain; an absent optional input or output is named ''. Integer attributes are numbers. */
export interface ModelNode {
  readonly op: string;
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
}

/** A model file as it stands. `inputs` are without initializers; an unknown dimension is undefined. */
export interface Model {
  readonly opset: number;
  readonly inputs: readonly {
    readonly name: string;
    readonly shape: readonly (number | undefined)[];
    readonly type: Constant['type'];
  }[];
  readonly outputs: readonly { readonly name: string }[];
  readonly nodes: readonly ModelNode[];
  readonly constants: ReadonlyMap<string, Constant>;
}

/** coefficients · y ≤ bound, with `bound` rounded up; not `exact`: each coefficient is within 2⁻⁵³ of itself of the text. */
export interface Row {
  readonly coefficients: Float64Array;
  readonly bound: number;
  readonly exact: boolean;
}

/** Inputs (all inputs of the model one behind another) in a box, met with a ball; unsafe where all rows of a conjunction hold. */
export interface InputSet {
  readonly lower: Float64Array;
  readonly upper: Float64Array;
  /** Radius rounded up; the centre is of f64. */
  readonly ball?: { readonly norm: 'l1' | 'l2'; readonly center: Float64Array; readonly radius: number };
  readonly unsafe: readonly (readonly Row[])[];
}

export interface Property {
  readonly sets: readonly InputSet[];
}

/** What a bound holds for. `float` 'none': real arithmetic; otherwise any order of summation in that format as well. */
export interface Arithmetic {
  readonly float: 'none' | 'float32' | 'float16' | 'bfloat16';
  /** Results below the least normal number may become 0. */
  readonly flush: boolean;
}

/** New multipliers of one site: α of output `elements[k]` is `alphas[k]`/255 (a maximum: 1 + position in its window). */
export interface Change {
  readonly site: number;
  readonly elements: Int32Array;
  readonly alphas: Uint8Array;
}

/** The input `element` of a site, to be bounded anew on the sides that are given, each with its own changes. */
export interface BoundRow {
  readonly site: number;
  readonly element: number;
  readonly lower?: readonly Change[];
  readonly upper?: readonly Change[];
}

/** `none`: intervals alone; `all`: every element at which a site bends, both sides, without changes. Rows go site by site. */
export type BoundsSection =
  | { readonly mode: 'none' | 'all' }
  | { readonly mode: 'listed'; readonly rows: readonly BoundRow[] };

/** A split of the input `element` of a site at `point`: z ≥ point above, z ≤ point below. */
export interface Split {
  readonly site: number;
  readonly element: number;
  readonly point: number;
}

/** What closes a leaf: Σ weight · (row of the conjunction) > 0; `betas`: one number for every split of the path, in order. */
export interface LeafProof {
  readonly rows: readonly { readonly row: number; readonly weight: number }[];
  readonly changes: readonly Change[];
  readonly betas: readonly number[];
}

/** Preorder: the stream begins with `sets`; a `split` is followed by the tree above and the tree below, a `halve` by x ≥ value and x ≤ value. */
export type Step =
  | { readonly kind: 'sets'; readonly count: number }
  | { readonly kind: 'alpha'; readonly changes: readonly Change[] }
  | { readonly kind: 'bounds'; readonly section: BoundsSection }
  | ({ readonly kind: 'split' } & Split)
  | { readonly kind: 'halve'; readonly input: number; readonly value: number }
  | ({ readonly kind: 'leaf' } & LeafProof)
  | { readonly kind: 'empty' };

/** A place in a tree of cases: immutable, made by the session that owns it. */
export interface Path {
  /** A split or a halving left no value: this case holds nothing. */
  readonly empty: boolean;
  /** Splits from the root to here: as many betas as a leaf has. */
  readonly splits: number;
}

/** A site: an operator that bends. `size` input elements can be split and bounded, `outputs` elements have an α each. */
export interface SiteInfo {
  readonly name: string;
  readonly op: string;
  readonly size: number;
  readonly outputs: number;
}

/** The checker for one set of inputs in one arithmetic. Errors are `CheckFailure`s. */
export interface CheckSession {
  readonly sites: readonly SiteInfo[];
  /** Multiply-accumulates of one row from the output to the input. */
  readonly cost: number;
  /** The whole set, with intervals as bounds; multipliers are CROWN's adaptive choice until changed. */
  readonly root: Path;
  /** Bounds of the input elements of a site, as they hold at a path. */
  bounds(path: Path, site: number): { lower: Float64Array; upper: Float64Array };
  split(path: Path, split: Split, side: 'above' | 'below'): Path;
  halve(path: Path, input: number, value: number, side: 'above' | 'below'): Path;
  /** Multipliers that everything below inherits. */
  alpha(path: Path, changes: readonly Change[]): Path;
  /** Derives the bounds of all sites anew, in the case of this path. */
  derive(path: Path, section: BoundsSection): Path;
  /** Lower bounds of the leaves' rows: closed where > 0; −∞ where nothing is proved. Leaves of one `derive` are walked together. */
  leaves(leaves: readonly { path: Path; conjunction: number; proof: LeafProof }[]): Float64Array;
  /** Inputs of every site at x in f64, and the outputs. */
  evaluate(x: Float64Array): { sites: Float64Array[]; outputs: Float64Array };
}

/** What `check` says of a certificate. */
export interface CheckReport {
  readonly result: 'proved' | 'rejected' | 'unchecked';
  /** What has been proved, in words. */
  readonly statement: string;
  /** `real` where proved at all; `float` where it holds in the float format of the certificate as well. */
  readonly arithmetic: { readonly real: boolean; readonly float: Arithmetic['float'] };
  readonly leaves: number;
  /** The least bound of a leaf. */
  readonly worst: number;
  readonly failure?: { readonly kind: string; readonly message: string };
}
