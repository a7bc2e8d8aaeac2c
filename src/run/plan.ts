/** @file The states of a run: what each one starts from, and how much of the network it keeps. */
import { criteria } from '../prune/criteria/criteria.ts';
import { rewindings } from '../prune/rewind.ts';
import { maskingSchedules } from '../prune/schedules/schedules.ts';
import { memberOptions } from './config/memberOptions.ts';
import type { RunConfig } from './config/schema.ts';
import type { RunPaths } from './paths.ts';

/** One planned state. */
export interface PlannedState {
  readonly state: number;
  /** Share of prunable weights that remains, as far as the rate tells it before counting. */
  readonly expectedRemainRatio: number;
  /** How the state's mask comes about; absent for a dense state. Paths of checkpoints. */
  readonly prune?: { readonly from: string; readonly rewind: string };
}

/**
 * The states in order. `prune_times` counts trained states, the dense one included; a one-shot run has a
 * single state, pruned before it is trained, and so does a run that prunes during training.
 */
export function planStates(config: RunConfig, paths: RunPaths): PlannedState[] {
  if (config.oneShot) {
    const { dense } = paths.state(0);
    return [{ state: 0, expectedRemainRatio: 1 - config.rate, prune: { from: dense, rewind: dense } }];
  }
  if (maskingSchedules.has(config.pruneMethod)) return [{ state: 0, expectedRemainRatio: 1 - config.rate }];
  return Array.from({ length: config.pruneTimes }, (_, state) => ({
    state,
    expectedRemainRatio: (1 - config.rate) ** state,
    ...(state > 0 && {
      prune: { from: scoreSource(config, paths, state), rewind: rewindSource(config, paths, state) },
    }),
  }));
}

/** The checkpoint whose weights are scored. */
function scoreSource(config: RunConfig, paths: RunPaths, state: number): string {
  return paths.state(criteria.named(config.pruneMethod).dense ? 0 : state - 1).last;
}

/** The checkpoint whose parameters a pruned state begins with. */
function rewindSource(config: RunConfig, paths: RunPaths, state: number): string {
  const { init, rewind, best } = paths.state(0);
  const files = { initial: init, early: rewind, best, current: paths.state(state - 1).last };
  return files[rewindings.named(config.pruneType).source];
}

/** Epochs that each pruning trains its scores for; 0 for the methods whose scores come from a few batches or none. */
export function scoreEpochs(config: RunConfig): number {
  if (!criteria.has(config.pruneMethod)) return 0;
  const criterion = criteria.named(config.pruneMethod);
  return criterion.epochs?.(memberOptions(criterion, config)) ?? 0;
}
