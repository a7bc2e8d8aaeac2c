/** @file FixedScheduler: the whole radius from the first step on. */
import { following, type RadiusSchedule } from './schedule.ts';

/** Takes no options. */
export const fixed: RadiusSchedule = {
  name: 'FixedScheduler',
  title: 'fixed',
  sentence: 'The whole radius from the first step on.',
  begin: following(() => 1),
};
