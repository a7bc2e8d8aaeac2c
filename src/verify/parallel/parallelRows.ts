/** @file A row search over several cores: each batch is shared out between this thread and workers. */
import type { Box } from '../../bounds/box.ts';
import type { LowerSlope } from '../../bounds/rules/relu.ts';
import type { HostBounds } from '../../bounds/hostBounds.ts';
import type { BoundMachine } from '../../bounds/machine.ts';
import { workerEntry } from '../../engine/workerEntry.ts';
import { createPool, type WorkerPool } from '../../engine/workerPool.ts';
import { rowSearch, type RowOutcome, type RowSearch } from '../rowSearch.ts';
import type { RowShare, RowWorkerData, SentOutcome } from './rowMessages.ts';

/** A row search with threads of its own; `close` ends them, also in the middle of a share. */
export interface ParallelRows extends RowSearch {
  readonly close: () => void;
}

/**
 * Rows after which workers are started: searches that end sooner would pay more for compiling in every thread than
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

type Share = WorkerPool<RowShare, SentOutcome[]>;

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
  let bounded = 0;
  let others: readonly Share[] | undefined;
  const closing = new AbortController();

  const start = (): readonly Share[] => {
    const { network, values } = machine.net;
    const workerData: RowWorkerData = { network, values, box, root, slope };
    const entry = workerEntry(import.meta.url, './rowWorker.ts');
    const one = (): Share => createPool({ size: 1, entry, workerData, abortGraceMilliseconds: 0 });
    return Array.from({ length: workers - 1 }, one);
  };

  return {
    sites: alone.sites,
    async bound(tasks, effort, closed, checkpoint) {
      bounded += tasks.length;
      const size = Math.ceil(tasks.length / workers);
      if (workers < 2 || tasks.length < leastShared) return alone.bound(tasks, effort, closed, checkpoint);
      if (bounded < aloneUntil) {
        // In the sizes of the shares to come: no other programs are compiled, and no more memory is taken.
        const outcomes: RowOutcome[] = [];
        for (let from = 0; from < tasks.length; from += size) {
          const share = tasks.slice(from, from + size);
          outcomes.push(
            ...(await alone.bound(share, effort, (t, lower) => closed(from + t, lower), checkpoint)),
          );
        }
        return outcomes;
      }
      others ??= start();
      const { signal } = closing;
      const shares = others.map((other, w) => {
        const mine = tasks.slice((w + 1) * size, (w + 2) * size);
        return mine.length === 0 ? Promise.resolve([]) : other.run({ tasks: mine, effort }, { signal });
      });
      // Where this thread's share throws (the time is over), the others' end is nobody's concern.
      for (const share of shares) share.catch(() => undefined);
      const own = await alone.bound(tasks.slice(0, size), effort, closed, checkpoint);
      return [...own, ...(await Promise.all(shares)).flat().map(received)];
    },
    close() {
      closing.abort(new Error('the search is over'));
      for (const other of others ?? []) void other.close();
      others = undefined;
    },
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
