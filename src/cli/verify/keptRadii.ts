/** @file Steps of bisections as they come, so that the same command goes on where it was stopped. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { appendJsonLine, openJsonLines } from '../../run/jsonLines.ts';
import type { AnsweredStep } from '../../verify/files/certifiedRadii.ts';

/** Steps of earlier calls, and of this one. */
export interface KeptRadii {
  readonly of: (index: number) => readonly AnsweredStep[];
  /** @throws UserError where the file cannot be written */
  readonly add: (index: number, step: AnsweredStep) => void;
}

/** Where nothing is kept. */
export const noneKept: KeptRadii = { of: () => [], add: () => undefined };

interface Line {
  readonly settings: string;
  readonly index: number;
  readonly step: AnsweredStep;
}

/**
 * Opens a file of steps. Those of another question count no more, and nothing does where its results are gone, or with
 * `--fresh`.
 * @param results the file that the steps were made for; undefined: it does not matter
 * @param settings everything that an answer depends on beside the radius: other ends and tolerances go on from the same
 *   steps
 */
export function keptRadii(
  path: string,
  results: string | undefined,
  settings: string,
  fresh: boolean,
): KeptRadii {
  if (fresh || (results !== undefined && !existsSync(results))) rmSync(path, { force: true });
  mkdirSync(dirname(path), { recursive: true });
  const known = new Map<number, AnsweredStep[]>();
  for (const line of openJsonLines(path) as Line[])
    if (line.settings === settings) known.set(line.index, [...(known.get(line.index) ?? []), line.step]);
  return {
    of: (index) => known.get(index) ?? [],
    add: (index, step) => appendJsonLine(path, { settings, index, step } satisfies Line),
  };
}
