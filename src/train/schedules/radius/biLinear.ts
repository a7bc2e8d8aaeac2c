/** @file BiLinearScheduler: the radius grows and falls again linearly. */
import { batchesSince, following, rise, type RadiusSchedule } from './schedule.ts';

/** Up over the first half of `length` epochs, down over the second. */
export const biLinear: RadiusSchedule<typeof rise> = {
  name: 'BiLinearScheduler',
  title: 'bilinear',
  sentence: 'The radius grows and falls again linearly.',
  options: rise,
  begin: following((position, { start, length }) => {
    const half = (length * position.batchesPerEpoch) / 2;
    const done = batchesSince(position, start);
    return Math.min(1, Math.max(0, done <= half ? done / half : 2 - done / half));
  }),
};
