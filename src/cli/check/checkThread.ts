/** @file Threads that check certificates, or parts of them. */
import type { TaskContext } from '../../engine/threads/pool.ts';
import { threadService } from '../../engine/threads/service.ts';
import type { CheckTask } from './checkFile.ts';

/** Leaves so far, and the share (0..1) of the file that is read. */
export interface CheckProgress {
  readonly leaves: number;
  readonly share: number;
}

const leastMilliseconds = 100;

/** A thread serves one file after the other: its code is compiled once. Only threads load the checker. */
export const checkThreads = threadService(import.meta.url, async () => {
  const { checkFile } = await import('./checkFile.ts');
  return {
    check(task: CheckTask, { progress }: TaskContext<CheckProgress>) {
      let last = performance.now();
      return checkFile(task, (leaves, share) => {
        if (performance.now() - last < leastMilliseconds) return;
        last = performance.now();
        progress({ leaves, share });
      });
    },
  };
});
