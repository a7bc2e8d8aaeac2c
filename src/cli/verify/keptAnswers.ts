/** @file Answers of a list of instances as they come, kept beside its results, so that the same command goes on. */
import { existsSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { packageVersion } from '../../run/environment.ts';
import { appendJsonLine, openJsonLines } from '../../run/jsonLines.ts';
import type { Answer, Limits } from '../../verify/files/answer.ts';
import type { ListedInstance } from '../../verify/files/instances.ts';
import { contentOf } from './keptVerdicts.ts';

/** Answers of earlier calls. */
export interface KeptAnswers {
  /** The answer to the same files under the same limits. */
  readonly find: (instance: ListedInstance, timeoutSeconds: number) => Answer | undefined;
  /** Keeps an answer; errors are not, they may be mended. @throws UserError where it cannot be written */
  readonly add: (instance: ListedInstance, timeoutSeconds: number, answer: Answer) => void;
}

interface Line {
  readonly settings: string;
  readonly onnx: string;
  readonly vnnlib: string;
  /** Hashes of the two files. */
  readonly contents: readonly (string | undefined)[];
  readonly timeoutSeconds: number | null;
  readonly answer: Omit<Answer, 'lowerBound' | 'witness'> & {
    readonly lowerBound: number | null;
    readonly witness?: { readonly input: readonly number[]; readonly outputs: readonly number[] };
  };
}

/**
 * Opens `.RESULTS.verdicts.jsonl` beside the results. It counts only while the results stand: whoever deletes them starts
 * anew.
 * @param limits what all answers depend on beside files and time
 */
export function keptAnswers(results: string, limits: Limits, fresh: boolean): KeptAnswers {
  const path = join(dirname(results), `.${basename(results)}.verdicts.jsonl`);
  if (fresh || !existsSync(results)) rmSync(path, { force: true });
  const { timeoutSeconds: _, ...rest } = limits;
  const settings = JSON.stringify({ version: packageVersion(), ...rest });
  const seconds = (limit: number): number | null => (Number.isFinite(limit) ? limit : null);
  const keyOf = (onnx: string, vnnlib: string, limit: number | null): string =>
    JSON.stringify([onnx, vnnlib, limit]);
  // The last one counts: files may have changed since an earlier one.
  const known = new Map(
    (openJsonLines(path) as Line[])
      .filter((line) => line.settings === settings)
      .map((line) => [keyOf(line.onnx, line.vnnlib, line.timeoutSeconds), line]),
  );
  return {
    find({ onnxPath, vnnlibPath }, timeoutSeconds) {
      const line = known.get(keyOf(onnxPath, vnnlibPath, seconds(timeoutSeconds)));
      const same = line && [onnxPath, vnnlibPath].every((path, i) => contentOf(path) === line.contents[i]);
      return same ? answerOf(line) : undefined;
    },
    add({ onnxPath, vnnlibPath }, timeoutSeconds, answer) {
      if (answer.result === 'error') return;
      const { witness } = answer;
      const line: Line = {
        settings,
        onnx: onnxPath,
        vnnlib: vnnlibPath,
        contents: [onnxPath, vnnlibPath].map(contentOf),
        timeoutSeconds: seconds(timeoutSeconds),
        answer: {
          ...answer,
          ...(witness && {
            witness: { input: Array.from(witness.input), outputs: Array.from(witness.outputs) },
          }),
        } as Line['answer'],
      };
      appendJsonLine(path, line);
    },
  };
}

function answerOf({ answer: { witness, lowerBound, ...answer } }: Line): Answer {
  return {
    ...answer,
    lowerBound: lowerBound ?? -Infinity,
    ...(witness && {
      witness: { input: Float32Array.from(witness.input), outputs: Float32Array.from(witness.outputs) },
    }),
  };
}
