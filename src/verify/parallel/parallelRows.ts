/** @file A row search over several cores: each batch is shared out between this thread and others. */
import type { Box } from '../../bounds/box.ts';
import { boundNetwork } from '../../bounds/boundNetwork.ts';
import type { LowerSlope } from '../../bounds/nonlinear/lowerSlope.ts';
import type { HostBounds } from '../../bounds/hostBounds.ts';
import { boundMachine, machineFor, type BoundMachine } from '../../bounds/machine.ts';
import type { TaskContext } from '../../engine/threads/pool.ts';
import { threadService } from '../../engine/threads/service.ts';
import { shareOut, slicesOf } from '../../engine/threads/shareOut.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import { rowSearch, type Effort, type RowOutcome, type RowSearch, type RowTask } from '../rowSearch.ts';

/** A row search with threads of its own; `close` ends them, also in the middle of a share. */
export interface ParallelRows extends RowSearch {
  readonly close: () => void;
}

/**
 * Rows after which threads are started: searches that end sooner would pay more for compiling in every thread than
 * they gain. A count, not a time, so that a search under a budget of domains repeats.
 */
const rowsBeforeWorkers = 2048;
/** Smaller batches stay in this thread. */
const leastShared = 16;

export interface ParallelOptions {
  /** Threads in all, this one included. */
  readonly workers: number;
  /** Rows after which the others are started. */
  readonly aloneUntil?: number;
  /** Where α starts. */
  readonly slope?: LowerSlope | undefined;
}

/** A root box and how its rows are bounded. */
interface RowData extends NumberedNetwork {
  readonly box: Box;
  readonly root: HostBounds;
  readonly slope: LowerSlope;
}

/** A share of a batch; a row is closed above 0. */
interface RowShare {
  readonly tasks: readonly RowTask[];
  readonly effort: Effort;
}

/** An outcome as it crosses threads: the candidate only where it may be a counterexample. */
interface SentOutcome extends Omit<RowOutcome, 'candidate'> {
  readonly candidate?: Float32Array;
}

const rowThreads = threadService(import.meta.url, ({ network, numbers, box, root, slope }: RowData) => {
  const machine = machineFor(boundMachine(boundNetwork(network, numbers), { threads: 1 }), box);
  const search = rowSearch(machine, box, root, slope);
  return {
    async bound({ tasks, effort }: RowShare, { signal }: TaskContext): Promise<SentOutcome[]> {
      const closed = (_: number, lower: number): boolean => lower > 0;
      const outcomes = await search.bound(tasks, effort, closed, () => signal.throwIfAborted());
      return outcomes.map(({ candidate, ...rest }) => ({
        ...rest,
        ...(rest.candidateMargin <= 0 && { candidate: candidate() }),
      }));
    },
  };
});

/**
 * Two workers of one thread do nearly twice the work of one, where a second thread in each operation adds a quarter.
 * Bounds do not depend on who computed them, up to the order of sums.
 */
export function parallelRows(
  machine: BoundMachine,
  box: Box,
  root: HostBounds,
  { workers, aloneUntil = rowsBeforeWorkers, slope = 'adaptive' }: ParallelOptions,
): ParallelRows {
  const alone = rowSearch(machine, box, root, slope);
  const { network, values: numbers } = machine.net;
  const others = rowThreads.open({ network, numbers, box, root, slope }, { size: Math.max(1, workers - 1) });
  let bounded = 0;

  return {
    sites: alone.sites,
    async bound(tasks, effort, closed, checkpoint) {
      bounded += tasks.length;
      if (workers < 2 || tasks.length < leastShared) return alone.bound(tasks, effort, closed, checkpoint);
      if (bounded < aloneUntil) {
        // In the sizes of the shares to come: no other programs are compiled, and no more memory is taken.
        const size = Math.ceil(tasks.length / workers);
        const outcomes: RowOutcome[] = [];
        for (const share of slicesOf(tasks, size)) {
          const from = outcomes.length;
          outcomes.push(
            ...(await alone.bound(share, effort, (t, lower) => closed(from + t, lower), checkpoint)),
          );
        }
        return outcomes;
      }
      const shares = await shareOut(
        tasks,
        workers,
        (share) => alone.bound(share, effort, closed, checkpoint),
        async (share) => (await others.run('bound', { tasks: share, effort })).map(received),
      );
      return shares.flat();
    },
    close: () => others.end(new Error('the search is over')),
  };
}

function received({ candidate, ...rest }: SentOutcome): RowOutcome {
  return {
    ...rest,
    candidate() {
      if (!candidate) throw new Error('a point that is no counterexample was left behind in its thread');
      return candidate;
    },
  };
}
