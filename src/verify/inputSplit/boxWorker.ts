/** @file The worker thread that bounds shares of boxes. */
import { boundNetwork } from '../../bounds/boundNetwork.ts';
import { boundMachine } from '../../bounds/machine.ts';
import { serveTasks } from '../../engine/serveTasks.ts';
import type { BoxDomain } from './boxDomain.ts';
import type { BoxWorkerData } from './boxMessages.ts';
import { boxWork, type BoxShare, type BoxWork } from './boxWork.ts';

let work: BoxWork | undefined;

serveTasks<readonly BoxDomain[], BoxShare, never, BoxWorkerData>((tasks, { workerData }) => {
  const { network, values, chain, unsafe, ties, size } = workerData;
  work ??= boxWork(boundMachine(boundNetwork(network, values), { threads: 1 }), chain, unsafe, size, ties);
  return work.bound(tasks);
});
