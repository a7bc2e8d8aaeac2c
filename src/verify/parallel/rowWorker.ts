/** @file The worker thread that bounds shares of batches on one root box. */
import { boundNetwork } from '../../bounds/boundNetwork.ts';
import { boundMachine, machineFor } from '../../bounds/machine.ts';
import { serveTasks } from '../../engine/serveTasks.ts';
import { rowSearch, type RowSearch } from '../rowSearch.ts';
import type { RowShare, RowWorkerData, SentOutcome } from './rowMessages.ts';

let search: RowSearch | undefined;

serveTasks<RowShare, SentOutcome[], never, RowWorkerData>(
  async ({ tasks, effort }, { workerData, signal }) => {
    const { network, values, box, root, slope } = workerData;
    search ??= rowSearch(
      machineFor(boundMachine(boundNetwork(network, values), { threads: 1 }), box),
      box,
      root,
      slope,
    );
    const outcomes = await search.bound(
      tasks,
      effort,
      (_, lower) => lower > 0,
      () => signal.throwIfAborted(),
    );
    return outcomes.map(({ candidate, ...rest }) => ({
      ...rest,
      ...(rest.candidateMargin <= 0 && { candidate: candidate() }),
    }));
  },
);
