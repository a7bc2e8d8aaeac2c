/** @file What a schedule of the perturbation radius is: asked once a batch, in order, and resumable. */
import type { Member } from '../../../family/family.ts';
import type { Option, Options, OptionValues } from '../../../family/option.ts';

/** A place in training. */
export interface Position {
  /** From 1, as the schedules' options count. */
  readonly epoch: number;
  /** From 0. */
  readonly batch: number;
  readonly batchesPerEpoch: number;
}

/** A schedule at work. */
export interface EpsilonSchedule {
  /** Radius of the next batch, raw pixel units. */
  at(position: Position): number;
  /** Told each batch's loss after its step. */
  observe(loss: number, position: Position): void;
  /** What a later run of the same plan continues from; empty where the position tells all. */
  state(): Readonly<Record<string, number>>;
}

/** Named as in the original's options. */
export interface RadiusSchedule<O extends Options = Options> extends Member<O> {
  /**
   * @param max final radius, raw pixel units
   * @param state of an earlier run; empty at first
   */
  begin(max: number, options: OptionValues<O>, state: Readonly<Record<string, number>>): EpsilonSchedule;
}

/** The epoch at which most schedules begin, and how long they take. */
export const rise = {
  start: {
    type: 'number',
    least: 0,
    default: 11,
    key: 'scheduler_opts.start',
    sentence: 'Epoch, from 1, in which the radius begins to grow.',
  },
  length: {
    type: 'number',
    above: 0,
    default: 81,
    key: 'scheduler_opts.length',
    sentence: 'Epochs that the schedule takes.',
  },
} as const satisfies Record<string, Option>;

/** Batches done since the first of epoch `start`. */
export const batchesSince = ({ epoch, batch, batchesPerEpoch }: Position, start: number): number =>
  (epoch - start) * batchesPerEpoch + batch;

/** The `begin` of a schedule that follows from the position alone. @param share of the final radius, 0..1 */
export const following =
  <V>(share: (position: Position, options: V) => number) =>
  (max: number, options: V): EpsilonSchedule => ({
    at: (position) => max * share(position, options),
    observe: () => {},
    state: () => ({}),
  });
