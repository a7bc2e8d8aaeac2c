/** @file SmoothedScheduler: the radius grows with the fourth power first, then linearly. */
import type { Options } from '../../../family/option.ts';
import { batchesSince, following, rise, type RadiusSchedule } from './schedule.ts';

const options = {
  ...rise,
  mid: {
    type: 'number',
    above: 0,
    below: 1,
    default: 0.4,
    key: 'scheduler_opts.mid',
    sentence: 'Share of the schedule at which the growth becomes linear.',
  },
} as const satisfies Options;

/**
 * Fourth power up to the share `mid` of the schedule's batches, then linear with the slope it has there
 * (auto_LiRPA's SmoothedScheduler).
 */
export const smoothed: RadiusSchedule<typeof options> = {
  name: 'SmoothedScheduler',
  title: 'smoothed',
  sentence: 'The radius grows with the fourth power first, then linearly.',
  options,
  begin: following((position, { start, length, mid }) => {
    const all = length * position.batchesPerEpoch;
    const middle = Math.floor(all * mid);
    const done = batchesSince(position, start);
    if (done <= 0) return 0;
    const cube = middle ** 3;
    const steepness = 1 / ((all - middle) * 4 * cube + middle * cube);
    if (done < middle) return steepness * done ** 4;
    const atMiddle = steepness * middle ** 4;
    return Math.min(1, atMiddle + ((1 - atMiddle) * (done - middle)) / (all - middle));
  }),
};
