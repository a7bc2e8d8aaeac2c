/** @file Verification of one trained state, image by image, so that an interruption loses no verdict: the one way to go on. */
import { rmSync } from 'node:fs';
import { nameOf, type Asked } from './asked.ts';
import type { RunConfig } from './config/schema.ts';
import type { VerifySummary } from './records.ts';
import type { Session } from './session.ts';
import { isVerified, openPartial, summarise, writeVerdicts, type PartialVerdicts } from './verdictFiles.ts';
import type { ProgressListener } from './progress.ts';
import type { VerifyOutcome } from './stages.ts';

/**
 * Verifies the images of `config.verify` that have no verdict yet and writes `verify/NN.csv` and `NN.json`.
 * @param config the run's own, or with other `verify` settings
 * @param asked another question than the run's own; its verdicts get files of their own
 * @returns undefined where the state is verified already
 */
export async function verifyState(
  session: Session,
  state: number,
  states: number,
  config: RunConfig = session.run.config,
  asked: Asked = {},
): Promise<VerifySummary | undefined> {
  const { run, stages, signal, progress, steady } = session;
  const files = run.paths.verify(state, nameOf(asked));
  if (isVerified(files)) {
    // A kill may have come between the summary and the removal of what it is made from.
    rmSync(files.partial, { force: true });
    return undefined;
  }
  signal.throwIfAborted();
  progress({ type: 'phase', phase: 'verify', state, states });
  const { which, images, timeout } = config.verify;
  const isOther = nameOf(asked) !== '';
  const partial = openPartial(files, verdictSettings(config, asked));
  let workers = 0;
  const { outcomes, seconds } = await verifyOpen(
    partial,
    imagesFrom(images.start, images.end),
    async (indices, done) => {
      ({ workers } = await stages.verify.verify(
        {
          config,
          state,
          states,
          ...(isOther && { asked }),
          checkpoint: run.paths.state(state)[which],
          indices,
          root: run.paths.root,
          witnessFolder: files.witnesses,
          certificateFolder: files.certificates,
        },
        { signal, progress, imageDone: async (outcome) => done(outcome) },
      ));
    },
    verdictProgress(progress, state, states, images.end - images.start),
    steady,
  );
  // After an abort the verdicts may be incomplete: they stay in the partial file.
  signal.throwIfAborted();
  const summary: VerifySummary = {
    state,
    which,
    epsilon: asked.epsilon ?? config.eps,
    ...summarise(outcomes),
    timeoutSeconds: timeout,
    seconds,
    workers,
    ...(isOther && { asked }),
    settings: verdictSettings(config, asked),
  };
  const { norm } = config;
  writeVerdicts(
    files,
    outcomes.map(({ row }) => row),
    summary,
    isOther
      ? { epsilon: summary.epsilon, norm: String(asked.norm ?? norm), timeoutSeconds: timeout }
      : undefined,
  );
  progress({ type: 'verified', summary });
  return summary;
}

/** Everything a verdict depends on beside the checkpoint; how many workers there are is no part of it. */
export function verdictSettings(config: RunConfig, asked: Asked = {}): string {
  const { when: _when, workers: _workers, ...rest } = config.verify;
  const { eps, norm } = config;
  return JSON.stringify({
    eps,
    ...(norm !== 'inf' && { norm }),
    seed: config.seed,
    device: config.device,
    ...rest,
    ...asked,
  });
}

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
