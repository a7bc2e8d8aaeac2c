/** @file The command line: arguments in, exit code out. */
import { CommanderError } from 'commander';
import { shellWord } from '../formats/shellWord.ts';
import { systemCode, systemFault } from '../formats/systemFault.ts';
import { UserError } from '../formats/userError.ts';
import { visibleLines } from '../formats/visible.ts';
import type { RunConfig } from '../run/config/schema.ts';
import type { Stages } from '../run/stages.ts';
import type { TrainingClock } from '../run/trainingTime.ts';
import { steadyClock } from '../verify/steadyClock.ts';
import type { CliContext } from './context.ts';
import { createInterrupts } from './interrupt.ts';
import { eraseLive } from './liveRegion.ts';
import { createProgram } from './program.ts';
import { wrapped } from './table.ts';

/** What tests put in place of the terminal, the real stages and the real clock. */
export interface MainOptions {
  readonly stdout?: NodeJS.WriteStream;
  readonly stderr?: NodeJS.WriteStream;
  readonly stages?: (config: RunConfig) => Promise<Stages>;
  readonly trainingClock?: () => Promise<TrainingClock>;
  /** Where SIGINT and SIGTERM come from. */
  readonly signals?: NodeJS.EventEmitter;
  /** When the command began, on the steady clock: time limits count from here; default now. */
  readonly startedAt?: number;
}

/**
 * Runs one command line.
 * @param argv arguments after the program's name
 * @returns 0; 1 for a fault in what the user gave; 2 for a fault of the program; 130 after Ctrl-C, 143 after SIGTERM
 */
export async function main(argv: readonly string[], options: MainOptions = {}): Promise<number> {
  const { stdout = process.stdout, stderr = process.stderr } = options;
  const out = (line: string): void => {
    eraseLive(stderr);
    stdout.write(`${visibleLines(line)}\n`);
  };
  const say = (line: string): void => {
    eraseLive(stderr);
    stderr.write(`${visibleLines(line)}\n`);
  };
  const interrupts = createInterrupts(say, options.signals);
  const context: CliContext = {
    out,
    say,
    progressStream: stderr,
    interruptible: (goOn) => interrupts.watch(goOn),
    stages: options.stages ?? realStages,
    trainingClock: options.trainingClock ?? realClock,
    startedAt: options.startedAt ?? steadyClock(),
    commandLine: ['certprune', ...argv].map(shellWord).join(' '),
  };
  try {
    const program = createProgram(
      context,
      (text) => void stdout.write(text),
      (text) => void stderr.write(visibleLines(text)),
    );
    await program.parseAsync([...argv], { from: 'user' });
    return interrupts.exitCode() ?? 0;
  } catch (error) {
    // A terminal breaks lines within words; what goes to a file or a pipe stays a line, for those who search it.
    const tell = (text: string): void => say(stderr.isTTY ? text.replaceAll(/.+/g, broken(stderr)) : text);
    return interrupts.exitCode() ?? exitCodeOf(error, tell, argv);
  } finally {
    interrupts.sayStopped();
    interrupts.release();
  }
}

/** Breaks a line between words; lines that are indented are to be copied as they are. */
const broken =
  ({ columns }: NodeJS.WriteStream) =>
  (line: string): string =>
    /^\s/.test(line) ? line : wrapped(line, Math.max(20, columns || 80));

async function realStages(config: RunConfig): Promise<Stages> {
  const { createStages } = await import('../run/stages/index.ts');
  return createStages(config);
}

async function realClock(): Promise<TrainingClock> {
  const { trainingClock } = await import('../run/trainingTime.ts');
  return trainingClock();
}

function exitCodeOf(error: unknown, say: (line: string) => void, argv: readonly string[]): number {
  // Commander has printed its message; help and version count as success.
  if (error instanceof CommanderError) return error.exitCode;
  const debug = argv.includes('--debug') || Boolean(process.env['CERTPRUNE_DEBUG']);
  const stack = debug && error instanceof Error && error.stack ? `\n${error.stack}` : '';
  if (error instanceof UserError) {
    say(`certprune: ${error.message}${stack}`);
    return 1;
  }
  const { path, syscall } = error as NodeJS.ErrnoException;
  if (systemCode(error) !== undefined && syscall !== undefined) {
    say(
      `certprune: ${path === undefined ? `The system refuses "${syscall}"` : path}: ${systemFault(error)}.${stack}`,
    );
    return 1;
  }
  const message = error instanceof Error ? error.message : String(error);
  say(
    `certprune: internal error: ${message}\nThis is a fault of certprune, not of what you gave it. ` +
      `${debug ? 'Please report it with the lines below.' : 'Run the command again with --debug and report what it prints.'}${stack}`,
  );
  return 2;
}
