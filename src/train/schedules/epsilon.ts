/** @file Schedules of the perturbation radius over training: name → radius at a batch. */
import { UserError } from '../../formats/userError.ts';

/** A place in training. */
export interface Position {
  /** From 1, as the schedules' options count. */
  readonly epoch: number;
  /** From 0. */
  readonly batch: number;
  readonly batchesPerEpoch: number;
}

export interface EpsilonPlan {
  /** Name in the table. */
  readonly schedule: string;
  /** Final radius, raw pixel units. */
  readonly max: number;
  /** E.g. `{ start: 11, length: 81 }`, in epochs. */
  readonly options: Readonly<Record<string, number>>;
}

/** Share of the final radius at a position. */
type Share = (position: Position, option: (name: string) => number) => number;

/** 0 before epoch `start`, then linear over `length` epochs. */
const linear: Share = ({ epoch, batch, batchesPerEpoch }, option) => {
  const done = (epoch - option('start')) * batchesPerEpoch + batch;
  return Math.min(1, Math.max(0, done / (option('length') * batchesPerEpoch)));
};

/** Named as in the original's options. */
export const epsilonSchedules: Readonly<Record<string, Share>> = {
  FixedScheduler: () => 1,
  LinearScheduler: linear,
};

/** The radius at a position. @throws UserError for an unknown schedule or a missing option */
export function epsilonAt({ schedule, max, options }: EpsilonPlan, position: Position): number {
  const share = epsilonSchedules[schedule];
  if (!share)
    throw new UserError(
      `There is no radius schedule '${schedule}'. Choose one of: ${Object.keys(epsilonSchedules).join(', ')}.`,
    );
  return (
    max *
    share(position, (name) => {
      const value = options[name];
      if (value === undefined)
        throw new UserError(`The radius schedule ${schedule} needs the option '${name}'.`);
      return value;
    })
  );
}
