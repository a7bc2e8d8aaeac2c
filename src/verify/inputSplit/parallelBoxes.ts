/** @file Boxes over several cores: each batch is shared out between this thread and workers. */
import type { DenseChain } from '../../bounds/boxes/denseChain.ts';
import type { BoundMachine } from '../../bounds/machine.ts';
import { workerEntry } from '../../engine/workerEntry.ts';
import { createPool, type WorkerPool } from '../../engine/workerPool.ts';
import type { Conjunction } from '../specification.ts';
import type { BoxDomain } from './boxDomain.ts';
import type { LinearMinorant } from './clip.ts';
import type { BoxWorkerData } from './boxMessages.ts';
import { boxWork, type BoxShare, type BoxWork } from './boxWork.ts';

/** `size` grows once workers are at work; `close` ends them, also in the middle of a share. */
export interface ParallelBoxes extends BoxWork {
  readonly close: () => void;
}

/**
 * Boxes after which workers are started: searches that end sooner would pay more for compiling in every thread than
 * they gain. A count, not a time, so that a search under a budget of boxes repeats.
 */
export const boxesBeforeWorkers = 8192;

export interface ParallelBoxesOptions {
  /** Boxes of one thread's share. */
  readonly batchBoxes: number;
  /** Threads in all, this one included. */
  readonly workers: number;
  /** Boxes after which the others are started. */
  readonly aloneUntil?: number;
  /** Constraints on inputs. */
  readonly ties?: readonly LinearMinorant[];
}

const nothing: BoxShare = { left: [], candidates: [] };

/** What is left of a batch does not depend on who bounded it, and keeps the order of the batch. */
export function parallelBoxes(
  machine: BoundMachine,
  chain: DenseChain,
  unsafe: readonly Conjunction[],
  { batchBoxes, workers, aloneUntil = boxesBeforeWorkers, ties = [] }: ParallelBoxesOptions,
): ParallelBoxes {
  const alone = boxWork(machine, chain, unsafe, batchBoxes, ties);
  const closing = new AbortController();
  let bounded = 0;
  let others: readonly WorkerPool<readonly BoxDomain[], BoxShare>[] | undefined;

  const start = () => {
    const { network, values } = machine.net;
    const workerData: BoxWorkerData = { network, values, chain, unsafe, ties, size: batchBoxes };
    const entry = workerEntry(import.meta.url, './boxWorker.ts');
    const one = () =>
      createPool<readonly BoxDomain[], BoxShare>({ size: 1, entry, workerData, abortGraceMilliseconds: 0 });
    return Array.from({ length: workers - 1 }, one);
  };

  return {
    get size() {
      return bounded < aloneUntil ? batchBoxes : batchBoxes * workers;
    },
    async bound(tasks) {
      bounded += tasks.length;
      if (tasks.length <= batchBoxes) return alone.bound(tasks);
      others ??= start();
      const each = Math.ceil(tasks.length / workers);
      const { signal } = closing;
      const shares = others.map((other, w) => {
        const mine = tasks.slice((w + 1) * each, (w + 2) * each);
        return mine.length === 0 ? Promise.resolve(nothing) : other.run(mine, { signal });
      });
      // Where this thread's share throws, the others' end is nobody's concern.
      for (const share of shares) share.catch(() => undefined);
      const all = [await alone.bound(tasks.slice(0, each)), ...(await Promise.all(shares))];
      return {
        left: all.flatMap(({ left }) => left),
        candidates: all.flatMap(({ candidates }) => candidates),
      };
    },
    close() {
      closing.abort(new Error('the search is over'));
      for (const other of others ?? []) void other.close();
      others = undefined;
    },
  };
}
