/** @file Verdicts of one checkpoint as they come, so that the same command goes on where it was stopped. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { packageVersion } from '../../run/environment.ts';
import { openPartial, type PartialVerdicts } from '../../run/verdictFiles.ts';
import type { ImagesRequest } from './imagesForm.ts';
import type { VerifyOptions } from '../../run/verifyOptions/table.ts';

/**
 * Opens the verdicts so far; those of another question, of another checkpoint or of other images are thrown away, and all
 * with `--fresh`.
 * @param path of a file of one JSON object a line, repaired where it breaks off in the middle of one
 */
export function keptVerdicts(path: string, request: ImagesRequest, options: VerifyOptions): PartialVerdicts {
  if (options.fresh) rmSync(path, { force: true });
  return openPartial({ partial: path }, settingsOf(request, options));
}

/** Where nothing is kept. */
export const nothingKept: PartialVerdicts = { outcomes: [], seconds: 0, add: () => undefined };

/** Everything that a verdict depends on: more images, or other processes side by side, change none. */
function settingsOf(request: ImagesRequest, options: VerifyOptions): string {
  const { subject, norm, targets, unsafe, depth, normalization, limits } = request;
  const { dataset, labels, epsilon, witness } = options;
  const contents = [subject.path, dataset, labels, epsilon].map(
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
      contents,
    },
    (_key, value: unknown) => (value === Infinity ? 'none' : value),
  );
}

/** Hash of a file; undefined where the text names none, such as a data set's name. */
export function contentOf(path: string): string | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
