/** @file The names of the schedules that change masks during training, apart from the code that runs them. */

/** Beside the criteria, as a configuration's prune_method: one state, pruned while it is trained. */
export const maskingScheduleNames = ['gmp', 'rigl'] as const;

export type MaskingScheduleName = (typeof maskingScheduleNames)[number];

/** Whether a prune_method acts during training. */
export const actsDuringTraining = (method: string): method is MaskingScheduleName =>
  (maskingScheduleNames as readonly string[]).includes(method);
