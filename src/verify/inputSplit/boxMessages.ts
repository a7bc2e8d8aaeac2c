/** @file What an input-splitting search gives its worker threads. */
import type { DenseChain } from '../../bounds/boxes/denseChain.ts';
import type { Network } from '../../nn/network.ts';
import type { Numbers } from '../../nn/parameters.ts';
import type { Conjunction } from '../specification.ts';
import type { LinearMinorant } from './clip.ts';

/** What all shares are about. */
export interface BoxWorkerData {
  readonly network: Network;
  readonly values: Numbers;
  readonly chain: DenseChain;
  readonly unsafe: readonly Conjunction[];
  readonly ties: readonly LinearMinorant[];
  /** Boxes in one share at most. */
  readonly size: number;
}
