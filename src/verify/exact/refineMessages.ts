/** @file What a refinement and its workers say to each other. */
import type { Box } from '../../bounds/box.ts';
import type { HostBounds, HostInterval } from '../../bounds/hostBounds.ts';
import type { Network } from '../../nn/network.ts';
import type { Numbers } from '../../nn/parameters.ts';
import type { RefineOptions } from './refine.ts';

/** The network and the box that all shares are about. */
export interface RefineWorkerData {
  readonly network: Network;
  readonly values: Numbers;
  readonly box: Box;
}

/** Some neurons of one ReLU. */
export interface RefineShare {
  readonly relu: string;
  readonly neurons: readonly number[];
  /** Sound bounds of this ReLU and of those before it. */
  readonly root: HostBounds;
  readonly method: RefineOptions['method'];
  readonly secondsPerBound: number;
  readonly nodesPerBound: number;
  /** When the time is over, on the steady clock. */
  readonly until: number;
}

/** Bounds of those neurons, in their order; undefined where a layer before them is not supported. */
export type RefinedShare = HostInterval | undefined;
