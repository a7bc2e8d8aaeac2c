/** @file What a schedule is that changes masks during training. */
import type { Rng } from '../../data/rng.ts';
import type { Member } from '../../family/family.ts';
import type { Options, OptionValues } from '../../family/option.ts';
import type { Masks } from '../../nn/masks.ts';
import type { Network, Parameters } from '../../nn/network.ts';
import type { MaskingPlan } from '../../train/plan.ts';

/** One moment at which masks may change. */
export interface MaskingSite {
  readonly plan: MaskingPlan;
  /** Way from the first change to the last, 0..1. */
  readonly progress: number;
  /** Present masks of weights. */
  readonly masks: Masks;
  /** Parameters by key; pruned weights are 0. */
  readonly weights: Parameters<Float32Array>;
  /** Mean gradient of the training loss in the masked weights, pruned ones included. */
  gradients(): Promise<Readonly<Record<string, Float64Array>>>;
}

/** When masks change, which all schedules are told. */
export const moments = {
  begin: {
    type: 'number',
    least: 0,
    default: 0,
    key: 'prune.during.begin',
    sentence: 'Epoch of the first change.',
  },
  end: {
    type: 'number',
    above: 0,
    key: 'prune.during.end',
    sentence: 'Epoch of the last. Default: three quarters of epochs.',
  },
  every: {
    type: 'integer',
    least: 1,
    default: 100,
    key: 'prune.during.every',
    sentence: 'Training steps between changes.',
  },
} as const satisfies Options;

export interface MaskingSchedule<O extends Options = Options> extends Member<O> {
  /** The masks that training begins with; absent: everything is kept. */
  initial?(network: Network, full: Masks, sparsity: number, rng: Rng): Masks;
  /** New masks for the same weights, or undefined to keep the old ones. */
  next(site: MaskingSite, options: OptionValues<O>): Promise<Masks | undefined> | Masks | undefined;
}
