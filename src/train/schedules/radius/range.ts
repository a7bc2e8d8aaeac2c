/** @file RangeScheduler: the whole radius during some epochs, none otherwise. */
import { following, rise, type RadiusSchedule } from './schedule.ts';

/** During `length` epochs from `start` on. */
export const range: RadiusSchedule<typeof rise> = {
  name: 'RangeScheduler',
  title: 'range',
  sentence: 'The whole radius during some epochs, none otherwise.',
  options: rise,
  begin: following(({ epoch }, { start, length }) => (epoch >= start && epoch < start + length ? 1 : 0)),
};
