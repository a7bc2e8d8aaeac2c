/** @file Boxes over several cores: each batch is shared out between this thread and others. */
import { boundNetwork } from '../../bounds/boundNetwork.ts';
import { boundMachine, type BoundMachine } from '../../bounds/machine.ts';
import { threadService } from '../../engine/threads/service.ts';
import { shareOut } from '../../engine/threads/shareOut.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import type { Conjunction } from '../specification.ts';
import type { BoxDomain } from './boxDomain.ts';
import type { LinearMinorant } from './clip.ts';
import { boxWork, type BoxWork } from './boxWork.ts';

/** `size` grows once other threads are at work; `close` ends them, also in the middle of a share. */
export interface ParallelBoxes extends BoxWork {
  readonly close: () => void;
}

/**
 * Boxes after which threads are started: searches that end sooner would pay more for compiling in every thread than
 * they gain. A count, not a time, so that a search under a budget of boxes repeats.
 */
const boxesBeforeWorkers = 8192;

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

/** What all shares are about. */
interface BoxData extends NumberedNetwork {
  readonly unsafe: readonly Conjunction[];
  readonly ties: readonly LinearMinorant[];
  /** Boxes in one share at most. */
  readonly size: number;
}

const boxThreads = threadService(import.meta.url, ({ network, numbers, unsafe, ties, size }: BoxData) => {
  const machine = boundMachine(boundNetwork(network, numbers), { threads: 1 });
  const work = boxWork(machine, unsafe, size, ties);
  return { bound: (tasks: readonly BoxDomain[]) => work.bound(tasks) };
});

/** What is left of a batch does not depend on who bounded it, and keeps the order of the batch. */
export function parallelBoxes(
  machine: BoundMachine,
  unsafe: readonly Conjunction[],
  { batchBoxes, workers, aloneUntil = boxesBeforeWorkers, ties = [] }: ParallelBoxesOptions,
): ParallelBoxes {
  const alone = boxWork(machine, unsafe, batchBoxes, ties);
  const { network, values: numbers } = machine.net;
  const data: BoxData = { network, numbers, unsafe, ties, size: batchBoxes };
  const others = boxThreads.open(data, { size: Math.max(1, workers - 1) });
  let bounded = 0;

  return {
    get size() {
      return bounded < aloneUntil ? batchBoxes : batchBoxes * workers;
    },
    async bound(tasks) {
      bounded += tasks.length;
      if (tasks.length <= batchBoxes) return alone.bound(tasks);
      const all = await shareOut(tasks, workers, alone.bound, (share) => others.run('bound', share));
      return {
        left: all.flatMap(({ left }) => left),
        candidates: all.flatMap(({ candidates }) => candidates),
      };
    },
    close: () => others.end(new Error('the search is over')),
  };
}
