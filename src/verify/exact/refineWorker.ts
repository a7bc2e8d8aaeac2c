/** @file The worker thread that refines shares of neurons. */
import { boundNetwork, type BoundNetwork } from '../../bounds/boundNetwork.ts';
import { serveTasks } from '../../engine/serveTasks.ts';
import type { RefinedShare, RefineShare, RefineWorkerData } from './refineMessages.ts';
import { refineShare } from './refineShare.ts';

let net: BoundNetwork | undefined;

serveTasks<RefineShare, RefinedShare, never, RefineWorkerData>((share, { workerData, signal }) => {
  net ??= boundNetwork(workerData.network, workerData.values);
  return refineShare(net, workerData.box, share, () => signal.throwIfAborted());
});
