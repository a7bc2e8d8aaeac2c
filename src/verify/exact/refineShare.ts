/** @file Refining some neurons of one ReLU: what a thread does for a share. */
import type { Box } from '../../bounds/box.ts';
import type { BoundNetwork } from '../../bounds/boundNetwork.ts';
import { refineRelu } from './refine.ts';
import type { RefinedShare, RefineShare } from './refineMessages.ts';
import { steadyClock } from '../steadyClock.ts';

/** @param checkpoint called between programs; throws to stop */
export async function refineShare(
  net: BoundNetwork,
  box: Box,
  { relu, neurons, root, method, secondsPerBound, nodesPerBound, until }: RefineShare,
  checkpoint: () => void,
): Promise<RefinedShare> {
  const site = net.relus.find(({ name }) => name === relu)!;
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
