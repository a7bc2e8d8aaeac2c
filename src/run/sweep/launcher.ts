/** @file Jobs in processes of their own: a crash takes the job down, not the queue. */
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { entryBeside, loaderOptions } from '../../engine/threads/entry.ts';
import { makeFolder } from '../../formats/makeFolder.ts';
import { UserError } from '../../formats/userError.ts';
import { checkJob } from './checkJob.ts';
import type { Job } from './job.ts';
import { sweepPaths, type SweepPaths } from './paths.ts';

/** How a job's process ended. `crashed`: without a word. */
export type JobEnd =
  | { readonly kind: 'done' }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'crashed'; readonly message: string };

/** A job at work. */
export interface RunningJob {
  readonly ended: Promise<JobEnd>;
  /** How far it is, in words; empty at first. */
  note(): string;
  /** Asks it to save and end; it is killed where it does not. */
  stop(): void;
  /** Ends it at once. */
  kill(): void;
}

/** Starts a job of the sweep whose folder is given. */
export type Launcher = (job: Job, sweepFolder: string) => RunningJob;

/** From the parent: the one job. */
export interface ToJobProcess {
  readonly job: Job;
  readonly sweepFolder: string;
}

/** From the job's process. */
export type FromJobProcess =
  | { readonly kind: 'note'; readonly note: string }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string };

/** For an ORT run that is under way, and the last checkpoint. */
const stopMilliseconds = 15_000;

/** Lines of the log that tell of a crash. */
const tailLines = 12;

/** A job that failed before a process of its own was started. */
function notBegun(message: string): RunningJob {
  const nothing = (): void => undefined;
  return {
    ended: Promise.resolve({ kind: 'failed', message }),
    note: () => '',
    stop: nothing,
    kill: nothing,
  };
}

/**
 * @param entry the process's file; it speaks as `jobProcess.ts` does
 * @param check throws a UserError for a job that must not be begun
 */
export function processLauncher(
  entry = entryBeside(import.meta.url, './jobProcess.ts'),
  check: (job: Job, sweep: SweepPaths) => void = checkJob,
): Launcher {
  return (job, sweepFolder) => {
    const paths = sweepPaths(sweepFolder);
    try {
      check(job, paths);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return notBegun(error.message);
    }
    const log = paths.log(job.id);
    const child = start(entry, log);
    let note = '';
    let end: JobEnd | undefined;
    let stopping = false;
    let killing: NodeJS.Timeout | undefined;
    const ended = new Promise<JobEnd>((resolve) => {
      child.on('message', (message: FromJobProcess) => {
        if (message.kind === 'note') note = message.note;
        else if (message.kind === 'done') end = { kind: 'done' };
        else end = { kind: 'failed', message: message.message };
      });
      child.on('error', (error) => resolve({ kind: 'crashed', message: error.message }));
      child.on('exit', (code, signal) => {
        clearTimeout(killing);
        if (statSync(log, { throwIfNoEntry: false })?.size === 0) rmSync(log, { force: true });
        if (end) return resolve(end);
        if (stopping) return resolve({ kind: 'stopped' });
        const how = signal === null ? `with code ${code}` : `by ${signal}`;
        const why = signal === 'SIGKILL' ? ' (the system kills where memory runs out)' : '';
        resolve({ kind: 'crashed', message: `The job's process was ended ${how}${why}.${tail(log)}` });
      });
    });
    const message: ToJobProcess = { job, sweepFolder };
    child.send(message, () => undefined);
    return {
      ended,
      note: () => note,
      stop() {
        stopping = true;
        child.kill('SIGTERM');
        killing ??= setTimeout(() => child.kill('SIGKILL'), stopMilliseconds);
      },
      kill() {
        stopping = true;
        child.kill('SIGKILL');
      },
    };
  };
}

function start(entry: URL, log: string): ChildProcess {
  makeFolder(dirname(log));
  const output = openSync(log, 'a');
  try {
    return fork(fileURLToPath(entry), [], {
      execArgv: loaderOptions(entry),
      stdio: ['ignore', output, output, 'ipc'],
    });
  } finally {
    closeSync(output);
  }
}

/** The end of what the process printed. */
function tail(log: string): string {
  try {
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-tailLines);
    return lines.join('') === '' ? '' : ` It printed last:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  } catch {
    return '';
  }
}
