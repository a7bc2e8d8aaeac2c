/** @file Learning-rate schedules: per batch, with a linear warm-up before any of them. */
import { family } from '../../family/family.ts';
import { optionValues } from '../../family/option.ts';
import type { LearningRatePlan } from '../plan.ts';
import { cosine } from './rate/cosine.ts';
import { cyclic } from './rate/cyclic.ts';
import { milestones } from './rate/milestones.ts';
import { piecewise } from './rate/piecewise.ts';
import type { RateSchedule } from './rate/schedule.ts';

export const rateSchedules = family<RateSchedule>(
  { kind: 'learning-rate schedule', plural: 'learning-rate schedules', key: 'lr_schedule' },
  [milestones, cosine, cyclic, piecewise],
);

/**
 * The rate of a batch.
 * @param position epoch from 0
 * @throws UserError for an unknown schedule
 */
export function learningRateAt(
  plan: LearningRatePlan,
  { epoch, batch, batchesPerEpoch }: { epoch: number; batch: number; batchesPerEpoch: number },
  epochs: number,
): number {
  const { schedule = 'milestones', base, options, advance = 0, warmup = 0 } = plan;
  const found = rateSchedules.named(schedule);
  const time = epoch + advance + batch / batchesPerEpoch;
  const done = epoch + (batch + 1) / batchesPerEpoch;
  return found.rate(base, time, epochs, optionValues(found, options)) * (done < warmup ? done / warmup : 1);
}
