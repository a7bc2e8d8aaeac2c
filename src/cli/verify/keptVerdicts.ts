/** @file Answers as they come, of one checkpoint or of a list of instances, so that the same command goes on where it was stopped. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync, existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { packageVersion } from '../../run/environment.ts';
import { openPartial, type PartialVerdicts } from '../../run/verdictFiles.ts';
import { answerJson } from './answerText.ts';
import type { AskedImages } from './imageQuestion.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';
import { appendJsonLine, openJsonLines } from '../../run/jsonLines.ts';
import type { Answer, Limits } from '../../verify/files/answer.ts';
import type { ListedInstance } from '../../verify/files/instances.ts';

/**
 * Opens the verdicts so far; those of another question, of another checkpoint or of other images are thrown away, and all
 * with `--fresh`.
 * @param path of a file of one JSON object a line, repaired where it breaks off in the middle of one
 */
export function keptVerdicts(path: string, request: AskedImages, options: VerifyOptions): PartialVerdicts {
  if (options.fresh) rmSync(path, { force: true });
  return openPartial({ partial: path }, settingsOf(request, options));
}

/** Where nothing is kept. */
export const nothingKept: PartialVerdicts = { outcomes: [], seconds: 0, add: () => undefined };

/** Everything that a verdict depends on: more images, or other processes side by side, change none. */
export function settingsOf(request: AskedImages, options: VerifyOptions): string {
  const { subject, images, norm, targets, unsafe, depth, normalization, limits } = request;
  const { dataset, labels, epsilon, witness } = options;
  const model = subject.kind === 'network' ? undefined : subject.path;
  const contents = [model, dataset, labels, epsilon].map(
    (path) => typeof path === 'string' && contentOf(path),
  );
  const radius = request.epsilon(request.indices[0]);
  return JSON.stringify(
    {
      version: packageVersion(),
      subject,
      norm,
      targets,
      unsafe,
      depth,
      normalization,
      limits,
      radius,
      witness,
      contents: [...contents, images.files, images.domain],
    },
    (_key, value: unknown) => (value === Infinity ? 'none' : value),
  );
}

/** Hash of a file; undefined where the text names none, such as a data set's name. */
export function contentOf(path: string): string | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

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
      const line: Line = {
        settings,
        onnx: onnxPath,
        vnnlib: vnnlibPath,
        contents: [onnxPath, vnnlibPath].map(contentOf),
        timeoutSeconds: seconds(timeoutSeconds),
        answer: answerJson(answer) as unknown as Line['answer'],
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
