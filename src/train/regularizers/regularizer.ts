/** @file What a regulariser is: a traced term that joins the objective's loss with a weight. */
import type { ForwardResult } from '../../nn/forward.ts';
import type { Member } from '../../family/family.ts';
import type { Option, Options, OptionValues } from '../../family/option.ts';
import type { Tensor } from '../../tensor/index.ts';
import type { ObjectiveContext } from '../objectives/objective.ts';

/** The weight of a term that is off by default. */
export const weightOption = (key: string, sentence: string) =>
  ({ type: 'number', least: 0, default: 0, key, sentence }) as const satisfies Option;

/** What a run says to every regulariser. */
export interface RegularizedRun {
  /** Training is over bounds, not over attacks. */
  readonly certified: boolean;
  /** Final radius in raw pixel units. */
  readonly epsilon: number;
}

/** What a term is told, as plans carry it. */
export type RegularizerSettings = Readonly<Record<string, unknown>>;

/** @typeParam S what a step's term is told; by default the option values */
export interface Regularizer<O extends Options = Options, S = OptionValues<O>> extends Member<O> {
  /** How it takes part in a run. Absent: with the option `weight`, where that is above 0. */
  plan?(values: OptionValues<O>, run: RegularizedRun): RegularizerPlan<S> | undefined;
  /**
   * The term without its weight, [].
   * @param final the pass that made the step's loss; absent outside of steps
   */
  evaluate(context: ObjectiveContext, settings: S, final?: ForwardResult): Tensor;
}

/** A regulariser at work: its weight rises linearly from 0 over epochs `start` … `start + length`, counted from 1. */
export interface RegularizerPlan<S = RegularizerSettings> {
  readonly weight: number;
  /** Default 1 with length 0: the full weight from the first step on. */
  readonly start?: number;
  readonly length?: number;
  /** What its term is told. */
  readonly options?: S;
}

/** Weight at a step. @param epoch from 1 */
export function regularizerWeight(
  { weight, start = 1, length = 0 }: RegularizerPlan,
  { epoch, batch, batchesPerEpoch }: { epoch: number; batch: number; batchesPerEpoch: number },
): number {
  const done = epoch - start + batch / batchesPerEpoch;
  return length === 0 ? (done >= 0 ? weight : 0) : weight * Math.min(1, Math.max(0, done / length));
}
