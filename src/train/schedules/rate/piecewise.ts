/** @file piecewise: a tenth from half of the epochs on, a hundredth in the last quarter. */
import type { RateSchedule } from './schedule.ts';

/** As Rice et al. 2020. */
export const piecewise: RateSchedule = {
  name: 'piecewise',
  title: 'piecewise',
  sentence: 'A tenth from half of the epochs on, a hundredth in the last quarter.',
  rate: (base, time, epochs) => base * (time < epochs / 2 ? 1 : time < 0.75 * epochs ? 0.1 : 0.01),
};
