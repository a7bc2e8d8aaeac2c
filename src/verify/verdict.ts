/** @file Verdicts: what may be said of a specification. */
import type { FloatFormat } from '../certify/formats.ts';

/** The step that proved it; `empty`: nothing is asked, whatever the network. */
export type ProofStep =
  | 'empty'
  | 'ibp'
  | 'crown'
  | 'alpha-crown'
  | 'bab'
  | 'bab-refine'
  | 'input-split'
  | 'mip'
  | 'lp';

/**
 * Why nothing is known. `numerical`: bounds close only within rounding error, or a counterexample failed its replay;
 * `not asked`: the question was to be pursued no further.
 */
export type UnknownReason = 'timeout' | 'memory' | 'numerical' | 'unsupported' | 'not asked';

export type Verdict =
  | { readonly kind: 'verified'; readonly by: ProofStep }
  /** Confirmed in plain ONNX Runtime on the original network. */
  | {
      readonly kind: 'falsified';
      readonly by: 'clean' | 'attack' | 'bab' | 'bab-refine' | 'input-split' | 'mip' | 'lp';
      readonly witness: Witness;
    }
  | { readonly kind: 'unknown'; readonly why: UnknownReason };

/** A counterexample: an input inside the box (original units) and the original network's outputs there. */
export interface Witness {
  readonly input: Float32Array;
  readonly outputs: Float32Array;
}

export type Checked = 'yes' | `no: ${string}`;

/** A float format: in real arithmetic, and in that format with sums in any order; `real`: in real arithmetic alone. */
export type CheckedArithmetic = FloatFormat | 'real';

/** A verdict and what it cost. */
export interface VerificationResult {
  readonly verdict: Verdict;
  readonly seconds: number;
  /** Branch-and-bound domains bounded. */
  readonly domains: number;
  /** Smallest lower bound over all conjunctions, rounding taken off; −Infinity where none was computed. */
  readonly lowerBound: number;
  /** Of a proof: whether the independent checker has confirmed it, or why it has not been asked. */
  readonly checked?: Checked;
  /** What arithmetic a checked proof holds for. */
  readonly arithmetic?: CheckedArithmetic;
  /** Seconds of the check, which `seconds` includes. */
  readonly checkSeconds?: number;
  /** Why the certificate of a checked proof could not be written. */
  readonly unwritten?: string;
  /** ReLU layer → share of neurons unstable in the root box. */
  readonly unstableRatio: Readonly<Record<string, number>>;
}

/** A verdict of proof. */
export const verified = (by: ProofStep): Verdict => ({ kind: 'verified', by });
