/** @file What every command is given: where to print, how to stop, which stages do the work. */
import type { RunConfig } from '../run/config/schema.ts';
import type { Stages } from '../run/stages.ts';
import type { TrainingClock } from '../run/trainingTime.ts';

/** The surroundings of a command. */
export interface CliContext {
  /** Prints a line of results (stdout). */
  out(line: string): void;
  /** Prints a line for the person at the terminal (stderr). */
  say(line: string): void;
  /** Where live progress goes. */
  readonly progressStream: NodeJS.WriteStream;
  /**
   * From now on the first Ctrl-C aborts the signal instead of ending the process; the second ends it.
   * @param goOn the command that goes on with what is kept, quoted for a shell; absent where nothing is kept
   */
  interruptible(goOn?: string): AbortSignal;
  /** The stages of a configuration. */
  stages(config: RunConfig): Promise<Stages>;
  /** Tells how long training takes on this machine. */
  trainingClock(): Promise<TrainingClock>;
  /** When the command began, on the steady clock: time limits that cover everything count from here. */
  readonly startedAt: number;
  /** The command line, for the records. */
  readonly commandLine: string;
}
