/** @file Schedules of the perturbation radius over training: by name, from options, resumable. */
import { UserError } from '../../formats/userError.ts';
import { adaptiveSchedule } from './adaptive.ts';
import { shapes } from './shapes.ts';

/** A place in training. */
export interface Position {
  /** From 1, as the schedules' options count. */
  readonly epoch: number;
  /** From 0. */
  readonly batch: number;
  readonly batchesPerEpoch: number;
}

export interface EpsilonPlan {
  /** Name in `epsilonScheduleNames`. */
  readonly schedule: string;
  /** Final radius, raw pixel units. */
  readonly max: number;
  /** E.g. `{ start: 11, length: 81 }`, in epochs. */
  readonly options: Readonly<Record<string, number>>;
}

/** A schedule at work: asked once a batch, in order. */
export interface EpsilonSchedule {
  /** Radius of the next batch, raw pixel units. */
  at(position: Position): number;
  /** Told each batch's loss after its step. */
  observe(loss: number, position: Position): void;
  /** What a later run of the same plan continues from; empty where the position tells all. */
  state(): Readonly<Record<string, number>>;
}

const adaptive = 'AdaptiveScheduler';

/** Named as in the original's options. */
export const epsilonScheduleNames: readonly string[] = [...Object.keys(shapes), adaptive];

/** @param state of an earlier run. @throws UserError for an unknown schedule; when asked, for a missing option */
export function epsilonSchedule(
  plan: EpsilonPlan,
  state: Readonly<Record<string, number>> = {},
): EpsilonSchedule {
  const { schedule, max, options } = plan;
  const option = (name: string): number => {
    const value = options[name];
    if (value === undefined)
      throw new UserError(`The radius schedule ${schedule} needs the option '${name}' (scheduler_opts).`);
    return value;
  };
  if (schedule === adaptive) return adaptiveSchedule(plan, option('start'), state);
  const share = shapes[schedule];
  if (!share)
    throw new UserError(
      `There is no radius schedule '${schedule}'. Choose one of: ${epsilonScheduleNames.join(', ')}.`,
    );
  return { at: (position) => max * share(position, option), observe: () => {}, state: () => ({}) };
}
