/** @file LinearScheduler: the radius grows linearly over the epochs. */
import { batchesSince, following, rise, type RadiusSchedule } from './schedule.ts';

/** 0 before epoch `start`, then linear over `length` epochs. */
export const linear: RadiusSchedule<typeof rise> = {
  name: 'LinearScheduler',
  title: 'linear',
  sentence: 'The radius grows linearly over the epochs.',
  options: rise,
  begin: following((position, { start, length }) => {
    const done = batchesSince(position, start);
    return Math.min(1, Math.max(0, done / (length * position.batchesPerEpoch)));
  }),
};
