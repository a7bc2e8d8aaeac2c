/** @file The process of one job: does what its parent says, tells how far it is, and ends with its parent. */
import { UserError } from '../../formats/userError.ts';
import type { ProgressEvent } from '../progress.ts';
import { createStages } from '../stages/index.ts';
import { doJob } from './doJob.ts';
import type { FromJobProcess, ToJobProcess } from './launcher.ts';
import { sweepPaths } from './paths.ts';

/** Least milliseconds between two notes. */
const noteMilliseconds = 500;

const controller = new AbortController();

// Ctrl-C reaches the whole group of processes; the parent decides what becomes of this one.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => controller.abort());
// Without its parent nobody renews its claim: what it would go on writing, another does too.
process.on('disconnect', () => process.exit(1));
process.on('message', (message: ToJobProcess) => void work(message));

const send = (message: FromJobProcess): void => void process.send?.(message);

async function work({ job, sweepFolder }: ToJobProcess): Promise<void> {
  const { signal } = controller;
  let last = -Infinity;
  try {
    await doJob(job, {
      sweep: sweepPaths(sweepFolder),
      stages: createStages,
      signal,
      progress(event) {
        const note = noteOf(event);
        const now = performance.now();
        if (note === undefined || (event.type !== 'phase' && now - last < noteMilliseconds)) return;
        last = now;
        send({ kind: 'note', note });
      },
    });
    end({ kind: 'done' });
  } catch (error) {
    if (signal.aborted) process.exit(1);
    const message = error instanceof Error ? error.message : String(error);
    if (!(error instanceof UserError))
      process.stderr.write(`${error instanceof Error ? (error.stack ?? message) : message}\n`);
    end({ kind: 'failed', message: error instanceof UserError ? message : `internal error: ${message}` });
  }
}

/** The message must be out before the process ends. */
function end(message: FromJobProcess): void {
  process.send?.(message, () => process.exit(0));
}

function noteOf(event: ProgressEvent): string | undefined {
  if (event.type === 'phase') return event.phase;
  if (event.type === 'step') return `epoch ${event.epoch}/${event.epochs}, step ${event.step}/${event.steps}`;
  if (event.type === 'verify') return `${event.done}/${event.total} images`;
  return undefined;
}
