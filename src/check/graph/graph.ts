/** @file A model as the checker computes it: numbered elements, affine operations as sparse matrices, sites that bend. */
import type { Constant } from '../files/tensor.ts';

/**
 * How an operation of the model rounds, beside the sums that its terms tell of (§ rounding of docs/certificates.md).
 */
export interface Rounding {
  /** No operation of the model: part of a rewriting, free of rounding in the model's format. */
  readonly exact?: true;
  /** Roundings beyond one for each term and the bias. */
  readonly extra?: number;
  /** The coefficients are known to this many units of 2⁻⁵³ of themselves only. */
  readonly wobble?: number;
  /** Largest further number that the operation scales by: what its underflow may be multiplied with. */
  readonly gain?: number;
}

/**
 * Output i, the element `first + i`: Σ weights[base[i] + offset[k]] · element column[k] + bias[i], k from
 * start[pattern[i]] to start[pattern[i] + 1]. A dense layer is one pattern, a convolution one for every position.
 */
export interface Terms {
  readonly pattern: Int32Array;
  readonly base: Int32Array;
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly offset: Int32Array;
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  /** Sum of the sizes that make up a bias which is itself computed; default |bias|. */
  readonly reach?: Float64Array;
}

export interface Affine extends Terms {
  readonly kind: 'affine';
  readonly name: string;
  readonly first: number;
  readonly size: number;
  readonly rounding: Rounding;
  /** What each output is the greater of, by what else is known of it. */
  readonly greaterOf?: readonly [Int32Array, Int32Array];
  /** Outputs ordered by pattern: `members[groups[p] … groups[p + 1]]`. */
  readonly members: Int32Array;
  readonly groups: Int32Array;
}

/** Output i is z where z ≥ p, else p + q·(z − p), of input z with q[i] and the kink p = kinks[i]; one of the two is 0. */
export interface Bend {
  readonly kind: 'bend';
  readonly name: string;
  readonly op: string;
  readonly first: number;
  readonly size: number;
  /** Its number among the sites, and where its multipliers begin among those of all sites. */
  readonly site: number;
  readonly firstAlpha: number;
  /** Element of every input. */
  readonly inputs: Int32Array;
  readonly q: Float64Array;
  readonly kinks: Float64Array;
}

/** Elements 0 … inputs − 1 are the model's inputs; an operation reads elements before its own. */
export interface Graph {
  readonly inputs: number;
  /** Of its inputs and of all that is computed of them. */
  readonly type: Constant['type'];
  readonly size: number;
  readonly operations: readonly (Affine | Bend)[];
  readonly sites: readonly Bend[];
  readonly alphas: number;
  readonly outputs: Int32Array;
  /** Multiply-accumulates of one row through all operations. */
  readonly cost: number;
}
