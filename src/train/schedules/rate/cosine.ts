/** @file cosine: the rate falls along a half cosine to 0. */
import type { RateSchedule } from './schedule.ts';

/** base·½(1 + cos(π·t/T)) (Loshchilov and Hutter 2017, without restarts). */
export const cosine: RateSchedule = {
  name: 'cosine',
  title: 'cosine',
  sentence: 'The rate falls along a half cosine to 0.',
  rate: (base, time, epochs) => (base / 2) * (1 + Math.cos((Math.PI * Math.min(time, epochs)) / epochs)),
};
