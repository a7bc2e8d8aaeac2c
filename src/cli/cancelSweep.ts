/** @file `certprune sweep --cancel`: takes a sweep off its queue, and says what that did. */
import { join } from 'node:path';
import { UserError } from '../formats/userError.ts';
import { defaultRunsFolder } from '../run/runs.ts';
import { openQueue } from '../run/sweep/openQueue.ts';
import { sweepPaths } from '../run/sweep/paths.ts';
import type { JobStatus } from '../run/sweep/queue.ts';
import { loadStudy } from '../run/sweep/study.ts';
import { cancelSweep } from '../run/sweep/sweep.ts';
import type { CliContext } from './context.ts';
import { countStates } from './sweepText.ts';

/** The options that count. */
export interface CancelOptions {
  /** The study; only its name is used, the rest may have changed since. */
  readonly config: string;
  readonly runs?: string;
  readonly queue?: string;
  readonly json?: true;
}

/**
 * Cancels the sweep of a study.
 * @throws UserError where there is no queue, no sweep in the folder, or the queue knows nothing of it
 */
export async function cancelFromCommand(options: CancelOptions, context: CliContext): Promise<void> {
  if (options.queue === undefined)
    throw new UserError(
      '--cancel goes with --queue redis://…; a sweep without a queue is stopped with Ctrl-C where it runs.',
    );
  const { name } = loadStudy(options.config);
  const paths = sweepPaths(join(options.runs ?? defaultRunsFolder(), name));
  const queue = await openQueue(options.queue, undefined, {
    signal: context.interruptible(),
    say: (line) => context.say(line),
  });
  try {
    const before = await cancelSweep(paths, queue);
    if (before.size === 0)
      throw new UserError(
        `The queue has no jobs of the sweep ${paths.root}. If workers are at it, see whether --queue is theirs.`,
      );
    context.out(
      options.json === true
        ? JSON.stringify({ name, directory: paths.root, before: countStates(before) }, null, 2)
        : `${paths.root}: ${cancelText(before)}`,
    );
  } finally {
    await queue.close();
  }
}

/** What a cancelling did. @param before how the jobs stood; not empty */
export function cancelText(before: ReadonlyMap<string, JobStatus>): string {
  const { done, running, waiting, cancelled } = countStates(before);
  const count = `${done} of ${before.size} jobs are done`;
  if (running + waiting === 0)
    return cancelled > 0 ? `It was cancelled before; ${count}.` : `Nothing was left to cancel; ${count}.`;
  const stopping = running > 0 ? `; ${running} at work were told to save and stop` : '';
  return (
    `Cancelled: ${waiting} waiting jobs taken off the queue${stopping}; ${count}.\n` +
    'The same command without --cancel queues what is left and goes on.'
  );
}
