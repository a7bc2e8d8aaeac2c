/** @file What a learning-rate schedule is. */
import type { Member } from '../../../family/family.ts';
import type { Options, OptionValues } from '../../../family/option.ts';

export interface RateSchedule<O extends Options = Options> extends Member<O> {
  /**
   * Learning rate at a time.
   * @param time epochs done, fractional
   * @param epochs the whole schedule's length
   */
  rate(base: number, time: number, epochs: number, options: OptionValues<O>): number;
}
