/** @file The training times that `--dry-run` prints: measured, or why they are missing. */
import type { RunConfig } from '../run/config/schema.ts';
import type { TrainingTime } from '../run/trainingTime.ts';
import type { CliContext } from './context.ts';

/** The time of each configuration, or why there is none. */
export type TrainingTimes =
  | { readonly times: ReadonlyMap<RunConfig, TrainingTime> }
  | { readonly missing: string };

/** After so many milliseconds a person wants to know what goes on. */
const patience = 1000;

/**
 * Measures. A plan is worth printing without its times, so no failure goes further than into `missing`.
 * @param quiet say nothing while it takes time
 */
export async function trainingTimes(
  configs: readonly RunConfig[],
  context: Pick<CliContext, 'trainingClock' | 'progressStream' | 'say'>,
  quiet: boolean,
): Promise<TrainingTimes> {
  const notice = setTimeout(() => {
    if (!quiet && context.progressStream.isTTY) context.say('Measuring how long training takes here …');
  }, patience);
  try {
    const clock = await context.trainingClock();
    const times = new Map<RunConfig, TrainingTime>();
    for (const config of configs) times.set(config, await clock(config));
    return { times };
  } catch (error) {
    return { missing: inOneLine(error instanceof Error ? error.message : String(error)) };
  } finally {
    clearTimeout(notice);
  }
}

/** Epochs in words, and those of hydra's scores where there are any. */
export const withScores = (epochs: string, ofScores: number): string =>
  ofScores === 0 ? epochs : `${epochs} and ${ofScores} of hydra's scores`;

/** How a time is known that a dry run has no time to measure. */
export const estimatedWords = 'estimated in part from operations, not measured';

/** A sentence for the time that is missing. */
export const missingText = (why: string): string =>
  `How long training takes could not be measured: ${why.replace(/\.$/, '')}.`;

const inOneLine = (message: string): string => message.replaceAll(/\.?\s*\n\s*/g, '. ');
