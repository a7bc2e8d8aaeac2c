/** @file Learning-rate schedules: epoch → learning rate. */

/** Learning rate of an epoch, counted from 0. */
export type LearningRateSchedule = (epoch: number) => number;

/** base·gammaᵏ with k the number of milestones reached (PyTorch's MultiStepLR). */
export function multiStepLr(base: number, milestones: readonly number[], gamma = 0.1): LearningRateSchedule {
  return (epoch) => base * gamma ** milestones.filter((m) => m <= epoch).length;
}
