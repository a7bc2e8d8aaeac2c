/** @file Learning-rate schedules: by name, per batch, with a linear warm-up before any of them. */
import { UserError } from '../../formats/userError.ts';
import { multiStepLr } from '../../nn/optimizers/learningRate.ts';
import type { LearningRatePlan } from '../plan.ts';

/** Learning rate at a time. @param time epochs done, fractional; `epochs` is the whole schedule's length */
type Schedule = (plan: LearningRatePlan, time: number, epochs: number) => number;

export const learningRateSchedules: Readonly<Record<string, Schedule>> = {
  /** base·gammaᵏ after k milestones, constant within an epoch (PyTorch's MultiStepLR). */
  milestones: ({ base, milestones, gamma }, time) => multiStepLr(base, milestones, gamma)(Math.floor(time)),
  /** base·½(1 + cos(π·t/T)) (Loshchilov and Hutter 2017, without restarts). */
  cosine: ({ base }, time, epochs) =>
    (base / 2) * (1 + Math.cos((Math.PI * Math.min(time, epochs)) / epochs)),
  /** A triangle: up to base at 2/5 of the epochs, down to 0 at the end (Wong et al. 2020). */
  cyclic({ base }, time, epochs) {
    const peak = 0.4 * epochs;
    return base * Math.max(0, time < peak ? time / peak : (epochs - time) / (epochs - peak));
  },
  /** base, a tenth from half of the epochs on, a hundredth in the last quarter (Rice et al. 2020). */
  piecewise: ({ base }, time, epochs) => base * (time < epochs / 2 ? 1 : time < 0.75 * epochs ? 0.1 : 0.01),
};

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
  const { schedule = 'milestones', advance = 0, warmup = 0 } = plan;
  const rate = learningRateSchedules[schedule];
  if (!rate)
    throw new UserError(
      `There is no learning-rate schedule '${schedule}'. Choose one of: ${Object.keys(learningRateSchedules).join(', ')}.`,
    );
  const time = epoch + advance + batch / batchesPerEpoch;
  const done = epoch + (batch + 1) / batchesPerEpoch;
  return rate(plan, time, epochs) * (done < warmup ? done / warmup : 1);
}
