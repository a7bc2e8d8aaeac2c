/** @file Schedules of the perturbation radius over training. */
import { family } from '../../family/family.ts';
import { optionValues } from '../../family/option.ts';
import { adaptive } from './radius/adaptive.ts';
import { biLinear } from './radius/biLinear.ts';
import { fixed } from './radius/fixed.ts';
import { linear } from './radius/linear.ts';
import { range } from './radius/range.ts';
import type { EpsilonSchedule, RadiusSchedule } from './radius/schedule.ts';
import { smoothed } from './radius/smoothed.ts';

export type { EpsilonSchedule, Position } from './radius/schedule.ts';

export const radiusSchedules = family<RadiusSchedule>(
  { kind: 'radius schedule', plural: 'radius schedules', key: 'scheduler_name' },
  [fixed, linear, smoothed, range, biLinear, adaptive],
);

export interface EpsilonPlan {
  /** Name of a radius schedule. */
  readonly schedule: string;
  /** Final radius, raw pixel units. */
  readonly max: number;
  /** The schedule's own options: `{ start: 11, length: 81 }`, in epochs. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** @param state of an earlier run. @throws UserError for an unknown schedule */
export function epsilonSchedule(
  { schedule, max, options }: EpsilonPlan,
  state: Readonly<Record<string, number>> = {},
): EpsilonSchedule {
  const found = radiusSchedules.named(schedule);
  return found.begin(max, optionValues(found, options), state);
}
