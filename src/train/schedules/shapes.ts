/** @file Radius schedules that follow from the position alone. Named and called as in the original's options. */
import type { Position } from './epsilon.ts';

/** An option in epochs or as a fraction, by its name. */
export type OptionReader = (name: string) => number;

/** Share of the final radius at a position, 0..1. */
export type Share = (position: Position, option: OptionReader) => number;

/** Batches done since the first of epoch `start`. */
const batchesSince = ({ epoch, batch, batchesPerEpoch }: Position, start: number): number =>
  (epoch - start) * batchesPerEpoch + batch;

/** 0 before epoch `start`, then linear over `length` epochs. */
const linear: Share = (position, option) => {
  const done = batchesSince(position, option('start'));
  return Math.min(1, Math.max(0, done / (option('length') * position.batchesPerEpoch)));
};

/** Up over the first half of `length` epochs, down over the second. */
const biLinear: Share = (position, option) => {
  const half = (option('length') * position.batchesPerEpoch) / 2;
  const done = batchesSince(position, option('start'));
  return Math.min(1, Math.max(0, done <= half ? done / half : 2 - done / half));
};

/** The whole radius during `length` epochs from `start` on, else 0. */
const range: Share = ({ epoch }, option) =>
  epoch >= option('start') && epoch < option('start') + option('length') ? 1 : 0;

/**
 * Fourth power up to the share `mid` of the schedule's batches, then linear with the slope it has there
 * (auto_LiRPA's SmoothedScheduler).
 */
const smoothed: Share = (position, option) => {
  const all = option('length') * position.batchesPerEpoch;
  const middle = Math.floor(all * option('mid'));
  const done = batchesSince(position, option('start'));
  if (done <= 0) return 0;
  const cube = middle ** 3;
  const steepness = 1 / ((all - middle) * 4 * cube + middle * cube);
  if (done < middle) return steepness * done ** 4;
  const atMiddle = steepness * middle ** 4;
  return Math.min(1, atMiddle + ((1 - atMiddle) * (done - middle)) / (all - middle));
};

export const shapes: Readonly<Record<string, Share>> = {
  FixedScheduler: () => 1,
  LinearScheduler: linear,
  SmoothedScheduler: smoothed,
  RangeScheduler: range,
  BiLinearScheduler: biLinear,
};
