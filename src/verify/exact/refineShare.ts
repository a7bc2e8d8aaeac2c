/** @file Refining some neurons of one ReLU: what a thread does for a share. */
import type { Box } from '../../bounds/box.ts';
import { boundNetwork, type BoundNetwork } from '../../bounds/boundNetwork.ts';
import type { HostBounds, HostInterval } from '../../bounds/hostBounds.ts';
import type { TaskContext } from '../../engine/threads/pool.ts';
import { threadService } from '../../engine/threads/service.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import { refineRelu, type RefineOptions } from './refine.ts';
import { steadyClock } from '../steadyClock.ts';

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

/** Threads that refine shares of neurons of one network on one box. */
export const refineThreads = threadService(
  import.meta.url,
  ({ network, numbers, box }: NumberedNetwork & { readonly box: Box }) => {
    const net = boundNetwork(network, numbers);
    return {
      refine: (share: RefineShare, { signal }: TaskContext) =>
        refineShare(net, box, share, () => signal.throwIfAborted()),
    };
  },
);

/** @param checkpoint called between programs; throws to stop */
export async function refineShare(
  net: BoundNetwork,
  box: Box,
  { relu, neurons, root, method, secondsPerBound, nodesPerBound, until }: RefineShare,
  checkpoint: () => void,
): Promise<RefinedShare> {
  const site = net.sites.find(({ name }) => name === relu)!;
  const found = await refineRelu(net, box, root, site, {
    method,
    neurons,
    secondsPerBound,
    nodesPerBound,
    remainingSeconds: () => (until - steadyClock()) / 1000,
    checkpoint,
  });
  return (
    found && {
      lower: Float32Array.from(neurons, (n) => found.lower[n]),
      upper: Float32Array.from(neurons, (n) => found.upper[n]),
    }
  );
}
