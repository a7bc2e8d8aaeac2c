/** @file A small study, and what its training takes, for tests of commands. */
import type { TrainingClock } from '../run/trainingTime.ts';

export const studyText =
  'trainer: fgsm\ndataset: mnist\narch: cifar_model\nscheduler_name: FixedScheduler\nepochs: 2\nprune_times: 3\n' +
  'verify: {images: {start: 0, end: 4}}\n';

export const tenSecondStates: TrainingClock = async ({ pruneTimes }) => ({
  epochSeconds: 5,
  stateSeconds: 10,
  pruneSeconds: 0,
  seconds: 10 * pruneTimes,
});
