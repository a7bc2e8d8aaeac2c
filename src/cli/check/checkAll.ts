/** @file Certificates on all cores: one file a thread, and the leaves of a long one shared out. */
import { statSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { CheckReport } from '../../check/contracts.ts';
import { entryBeside, startableEntry } from '../../engine/threads/entry.ts';
import { systemFault } from '../../formats/systemFault.ts';
import type { CheckTask } from './checkFile.ts';
import type { FromCheck } from './checkThread.ts';

/** What came of one certificate. */
export interface FileReport extends Omit<CheckReport, 'result'> {
  readonly file: string;
  /** `error`: it could not be checked, for the reason in `failure`. */
  readonly result: CheckReport['result'] | 'error';
  readonly bytes: number;
  readonly seconds: number;
}

export interface CheckAllOptions {
  readonly onnx: string | undefined;
  readonly vnnlib: string | undefined;
  readonly exact: boolean;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Leaves of a file so far, and the share of it (0..1) that is read. */
  readonly onProgress: (file: string, leaves: number, share: number) => void;
  readonly onReport: (report: FileReport) => void;
}

/** Bytes of a certificate whose leaves are worth several threads: each derives the bounds of the whole box by itself. */
const worthSharing = 200_000;

/** An end that is no report of the check. */
class Broken extends Error {}

async function inThread(
  task: CheckTask,
  signal: AbortSignal,
  onProgress: (leaves: number, share: number) => void,
): Promise<CheckReport> {
  const worker = new Worker(startableEntry(entryBeside(import.meta.url, './checkThread.ts')), {
    workerData: task,
    execArgv: [],
  });
  const stop = (): void => void worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await new Promise<CheckReport>((resolve, reject) => {
      worker.on('message', (message: FromCheck) => {
        if ('report' in message) resolve(message.report);
        else if (!('error' in message)) onProgress(message.leaves, message.share);
        else reject(message.isUsers ? new Broken(message.error) : new Error(message.error));
      });
      worker.on('error', reject);
      worker.on('exit', (code) =>
        reject(signal.aborted ? (signal.reason as Error) : new Error(`A thread ended with code ${code}.`)),
      );
    });
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
  }
}

const order = { rejected: 0, unchecked: 1, proved: 2 };

/** What the parts say together: the worst of them; in a float format where all hold in it. */
function together(reports: readonly CheckReport[]): CheckReport {
  const [worst] = reports.toSorted((a, b) => order[a.result] - order[b.result]);
  const weakest = reports.find(({ arithmetic }) => arithmetic.float === 'none') ?? worst;
  return {
    ...worst,
    statement: worst.result === 'proved' ? weakest.statement : worst.statement,
    arithmetic: { ...worst.arithmetic, float: weakest.arithmetic.float },
    leaves: reports.reduce((sum, { leaves }) => sum + leaves, 0),
    worst: Math.min(...reports.map((report) => report.worst)),
  };
}

/** @throws the signal's reason; an Error where the checker itself is at fault */
export async function checkAll(files: readonly string[], options: CheckAllOptions): Promise<FileReport[]> {
  const { onnx, vnnlib, exact, threads, signal, onProgress, onReport } = options;
  const reports: FileReport[] = [];
  const waiting = [...files.keys()];

  async function checkOne(index: number): Promise<void> {
    const file = files[index];
    const start = performance.now();
    let bytes = 0;
    const add = (report: Omit<FileReport, 'file' | 'bytes' | 'seconds'>): void => {
      reports[index] = { file, ...report, bytes, seconds: (performance.now() - start) / 1000 };
      onReport(reports[index]);
    };
    try {
      bytes = statSync(file).size;
      const of = bytes < worthSharing ? 1 : Math.max(1, Math.floor(threads / files.length));
      const leaves = new Float64Array(of);
      const shares = new Float64Array(of);
      const parts = Array.from({ length: of }, (_, at) =>
        inThread({ certificate: file, onnx, vnnlib, exact, part: { at, of } }, signal, (count, share) => {
          [leaves[at], shares[at]] = [count, share];
          onProgress(
            file,
            leaves.reduce((a, b) => a + b, 0),
            Math.min(...shares),
          );
        }),
      );
      add(together(await Promise.all(parts)));
    } catch (error) {
      const isSystems = (error as NodeJS.ErrnoException).syscall !== undefined;
      if (signal.aborted || !(error instanceof Broken || isSystems)) throw error;
      const message = isSystems ? `${file}: ${systemFault(error)}.` : (error as Error).message;
      const nothing = {
        statement: '',
        arithmetic: { real: false, float: 'none' as const },
        leaves: 0,
        worst: Number.NaN,
      };
      add({ result: 'error', ...nothing, failure: { kind: 'not-a-certificate', message } });
    }
  }
  const one = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) await checkOne(index);
  };
  await Promise.all(Array.from({ length: Math.min(threads, files.length) }, one));
  return reports;
}
