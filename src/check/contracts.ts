/** @file What the checker's core offers: one set of inputs in one arithmetic, and the report of a certificate. Types only. */
import type { BoundsSection, Changes, Step } from './certificate/steps.ts';
import type { FailureKind, FailurePlace } from './failure.ts';

/** What a bound holds for. `float` 'none': real arithmetic; otherwise any order of summation in that format as well. */
export interface Arithmetic {
  readonly float: 'none' | 'float32' | 'float16' | 'bfloat16';
  /** Results below the least normal number may become 0. */
  readonly flush: boolean;
}

/** What closes a leaf: Σ weight · (row of the conjunction) > 0. No rows: row 0, weight 1. */
export type LeafProof = Omit<Extract<Step, { kind: 'leaf' }>, 'kind'>;

/** z ≥ p + point above, z ≤ p + point below, for the input `element` of a site and the kink p of that element. */
export type Split = Omit<Extract<Step, { kind: 'split' }>, 'kind'>;

/** A leaf of a tree: where it is, which conjunction of the set it refutes, and with what. */
export interface Leaf {
  readonly path: Path;
  readonly conjunction: number;
  readonly proof: LeafProof;
}

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
  /** Bounds of the input elements of a site, from the kink on (rounded), as they hold at a path. */
  bounds(path: Path, site: number): { lower: Float64Array; upper: Float64Array };
  split(path: Path, split: Split, side: 'above' | 'below'): Path;
  halve(path: Path, input: number, value: number, side: 'above' | 'below'): Path;
  /** Multipliers that everything below inherits. */
  alpha(path: Path, changes: Changes): Path;
  /** Derives the bounds of all sites anew, in the case of this path. */
  derive(path: Path, section: BoundsSection): Path;
  /** At a case whose open bends have rows of their own: how many they are, and what going back through one costs. */
  open(path: Path): { readonly bends: number; readonly cost: number } | undefined;
  /**
   * Lower bounds of the leaves' rows: closed where > 0; −∞ where nothing is proved. Leaves of one `derive` are walked together.
   * @param real in real arithmetic alone, on the same bounds: never below those of the format
   */
  leaves(leaves: readonly Leaf[], real?: boolean): Float64Array;
  /** Inputs of every site at x in f64, from the kink on, and the outputs. */
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
  readonly failure?: { readonly kind: FailureKind; readonly message: string } & FailurePlace;
}
