/** @file A sub-box of an input-splitting search that is not refuted yet. */
import type { BoxTask } from './boxBatch.ts';

export interface BoxDomain extends BoxTask {
  /** The number of the box that was bounded, by which its proof is recorded. */
  readonly number: number;
  /** Numbers of the conjunctions not refuted here. */
  readonly conjunctions: readonly number[];
  /** Least bound over them, rounding taken off; at most 0. */
  readonly margin: number;
  /** How much of the bounds' looseness each input stands for. */
  readonly influence: Float64Array;
}

/** Bytes that a stored domain takes, roughly. */
export const boxDomainBytes = ({ lower, bounds, conjunctions, weights }: BoxDomain): number =>
  500 +
  24 * lower.length +
  8 * conjunctions.length +
  4 * weights.length +
  Object.values(bounds).reduce((n, b) => n + 8 * b.lower.length + 200, 0);
