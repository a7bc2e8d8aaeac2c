/** @file One stretch of long work: stages, progress, Ctrl-C, and the end of all of them. */
import type { ExperimentOptions } from '../run/experiment.ts';
import type { ChosenRun } from './configOptions.ts';
import type { CliContext } from './context.ts';
import { streamTarget } from './liveRegion.ts';
import { createProgress, silentProgress } from './progress.ts';

/** The command once more, but nothing that it has kept is thrown away: `--fresh` is left out. */
export const sameCommand = ({ commandLine }: CliContext): string =>
  commandLine.replace(/ --fresh(?= |$)/, '');

/**
 * Does `work` on a run with live progress; the stages end and the live lines go whatever happens.
 * @param goOn the command that goes on after Ctrl-C; default: this one
 */
export async function workOn<T>(
  chosen: ChosenRun,
  context: CliContext,
  quiet: boolean,
  work: (options: ExperimentOptions) => Promise<T>,
  goOn: string = sameCommand(context),
): Promise<T> {
  const signal = context.interruptible(goOn);
  const progress = quiet ? silentProgress : createProgress(streamTarget(context.progressStream));
  const stages = await context.stages(chosen.config);
  try {
    return await work({
      ...chosen,
      stages,
      signal,
      progress: progress.listener,
      command: context.commandLine,
    });
  } finally {
    progress.finish();
    await stages.close?.();
  }
}
