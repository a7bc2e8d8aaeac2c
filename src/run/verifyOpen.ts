/** @file Verifying the images that have no verdict yet, so that an interruption loses none: the one way to go on. */
import type { ProgressListener } from './progress.ts';
import type { VerifyOutcome } from './stages.ts';
import type { PartialVerdicts } from './verdictFiles.ts';

/** Verdicts in the order of the images, and the seconds that they took, those of earlier calls included. */
export interface Verdicts {
  readonly outcomes: readonly VerifyOutcome[];
  readonly seconds: number;
}

/**
 * @param kept verdicts so far; each new one is added as it comes
 * @param verify answers for the images that are left, if any, in any order
 * @param tell called at the beginning and behind every verdict, with all of them
 * @param steady milliseconds of a steady clock
 */
export async function verifyOpen(
  kept: PartialVerdicts,
  indices: readonly number[],
  verify: (left: readonly number[], done: (outcome: VerifyOutcome) => void) => Promise<void>,
  tell: (outcomes: readonly VerifyOutcome[]) => void = () => undefined,
  steady: () => number = () => performance.now(),
): Promise<Verdicts> {
  const found = new Map(kept.outcomes.map((outcome) => [outcome.row.index, outcome]));
  const left = indices.filter((index) => !found.has(index));
  const begin = steady();
  const elapsed = (): number => kept.seconds + (steady() - begin) / 1000;
  tell([...found.values()]);
  await verify(left, (outcome) => {
    kept.add(outcome, elapsed());
    found.set(outcome.row.index, outcome);
    tell([...found.values()]);
  });
  return {
    outcomes: indices.map((index) => found.get(index)!),
    seconds: left.length > 0 ? elapsed() : kept.seconds,
  };
}

/** From the first image to the one before the last. */
export const imagesFrom = (start: number, end: number): number[] =>
  Array.from({ length: end - start }, (_, i) => start + i);

/** Tells how far the verification of a state is. */
export const verdictProgress =
  (progress: ProgressListener, state: number, states: number, total: number) =>
  (outcomes: readonly VerifyOutcome[]): void => {
    const count = (word: string): number => outcomes.filter(({ row }) => row.verdict === word).length;
    const counts = { verified: count('verified'), falsified: count('falsified'), unknown: count('unknown') };
    progress({ type: 'verify', state, states, done: outcomes.length, total, ...counts });
  };
