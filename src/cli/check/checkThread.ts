/** @file A thread that checks a certificate, or a part of it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { CheckReport } from '../../check/contracts.ts';
import { UserError } from '../../formats/userError.ts';
import { checkFile, type CheckTask } from './checkFile.ts';

/** What the thread says; a report or an error last. */
export type FromCheck =
  | { readonly leaves: number; readonly share: number }
  | { readonly report: CheckReport }
  | { readonly error: string; readonly isUsers: boolean };

const say = (message: FromCheck): void => parentPort!.postMessage(message);
let last = 0;
try {
  const report = await checkFile(workerData as CheckTask, (leaves, share) => {
    if (performance.now() - last < 100) return;
    last = performance.now();
    say({ leaves, share });
  });
  say({ report });
} catch (error) {
  say({ error: error instanceof Error ? error.message : String(error), isUsers: error instanceof UserError });
}
