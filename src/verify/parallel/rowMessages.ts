/** @file What a search and its row workers say to each other. */
import type { Box } from '../../bounds/box.ts';
import type { LowerSlope } from '../../bounds/rules/relu.ts';
import type { HostBounds } from '../../bounds/hostBounds.ts';
import type { Network } from '../../nn/network.ts';
import type { Numbers } from '../../nn/parameters.ts';
import type { Effort, RowOutcome, RowTask } from '../rowSearch.ts';

/** The root box that a worker bounds rows on. */
export interface RowWorkerData {
  readonly network: Network;
  readonly values: Numbers;
  readonly box: Box;
  readonly root: HostBounds;
  /** Where α starts. */
  readonly slope: LowerSlope;
}

/** A share of a batch; a row is closed above 0. */
export interface RowShare {
  readonly tasks: readonly RowTask[];
  readonly effort: Effort;
}

/** An outcome as it crosses threads: the candidate only where it may be a counterexample. */
export interface SentOutcome extends Omit<RowOutcome, 'candidate'> {
  readonly candidate?: Float32Array;
}
