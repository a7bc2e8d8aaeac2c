/** @file Verdicts of one checkpoint as they come, so that the same command goes on where it was stopped. */
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { packageVersion } from '../../run/environment.ts';
import { openPartial, type PartialVerdicts } from '../../run/verdictFiles.ts';
import type { VerifyOptions } from './options.ts';

/**
 * Opens the verdicts so far; those of other settings, of another checkpoint or of other images are thrown away, and all
 * with `--fresh`.
 * @param path of a file of one JSON object a line, repaired where it breaks off in the middle of one
 * @param threads of one operation
 */
export function keptVerdicts(path: string, options: VerifyOptions, threads: number): PartialVerdicts {
  if (options.fresh) rmSync(path, { force: true });
  return openPartial({ partial: path }, settingsOf(options, threads));
}

/** Everything that a verdict depends on: more images, or other processes side by side, change none. */
function settingsOf(options: VerifyOptions, threads: number): string {
  const { pth, which, start, end, workers, results, quiet, json, fresh, ...asked } = options;
  const { dataset, labels, epsilon, unsafe } = asked;
  const contents = [pth, dataset, labels, epsilon, unsafe].map((path) => path && contentOf(path));
  return JSON.stringify({ version: packageVersion(), ...asked, threads, contents });
}

/** Hash of a file; undefined where the text names none, such as a data set's name. */
function contentOf(path: string): string | undefined {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
