/** @file cyclic: a triangle: up for two fifths of the epochs, then down to 0. */
import type { RateSchedule } from './schedule.ts';

/** Up to base at 2/5 of the epochs, down to 0 at the end (Wong et al. 2020). */
export const cyclic: RateSchedule = {
  name: 'cyclic',
  title: 'cyclic',
  sentence: 'A triangle: up for two fifths of the epochs, then down to 0.',
  rate(base, time, epochs) {
    const peak = 0.4 * epochs;
    return base * Math.max(0, time < peak ? time / peak : (epochs - time) / (epochs - peak));
  },
};
