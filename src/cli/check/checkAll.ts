/** @file Certificates on all cores: one file a thread, and the leaves of a long one shared out. */
import { statSync } from 'node:fs';
import type { CheckReport } from '../../check/contracts.ts';
import { systemFault } from '../../formats/systemFault.ts';
import { UserError } from '../../formats/userError.ts';
import { checkThreads } from './checkThread.ts';

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
  // A thread in the midst of a walk hears of nothing: it is ended at once.
  const pool = checkThreads.open({}, { size: threads, abortGraceMilliseconds: 0 });

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
        pool.run(
          'check',
          { certificate: file, onnx, vnnlib, exact, part: { at, of } },
          {
            signal,
            onProgress(progress) {
              [leaves[at], shares[at]] = [progress.leaves, progress.share];
              onProgress(
                file,
                leaves.reduce((a, b) => a + b, 0),
                Math.min(...shares),
              );
            },
          },
        ),
      );
      add(together(await Promise.all(parts)));
    } catch (error) {
      const isSystems = (error as NodeJS.ErrnoException).syscall !== undefined;
      if (signal.aborted || !(error instanceof UserError || isSystems)) throw error;
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
  try {
    await Promise.all(Array.from({ length: Math.min(threads, files.length) }, one));
  } finally {
    pool.end(new Error('The check is over.'));
  }
  return reports;
}
