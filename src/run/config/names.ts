/** @file The names a configuration may use: those that are implemented, family by family. */

import { datasets } from '../../data/datasets.ts';
import { lowerSlopes } from '../../bounds/nonlinear/lowerSlope.ts';
import { branchingHeuristics } from '../../verify/branching/table.ts';
import { optimizers } from '../../nn/optimizers/optimizers.ts';
import { modelNames } from '../../nn/zoo/models.ts';
import { criteria } from '../../prune/criteria/criteria.ts';
import { maskingSchedules } from '../../prune/schedules/schedules.ts';
import { rewindTypes } from '../../prune/rewind.ts';
import { objectives } from '../../train/objectives/objectives.ts';
import { regularizers } from '../../train/regularizers/regularizers.ts';
import { radiusSchedules } from '../../train/schedules/epsilon.ts';
import { rateSchedules } from '../../train/schedules/learningRate.ts';

/** Valid values of the keys that name an implementation; the tables of implementations hand them in. */
export interface ConfigNames {
  readonly datasets: readonly string[];
  readonly models: readonly string[];
  readonly objectives: readonly string[];
  /** Loss terms beside the objective: `gradAlign`, `nrs`, `rs`, `slim`, `l1`. */
  readonly regularizers: readonly string[];
  readonly optimizers: readonly string[];
  /** Pruning criteria. */
  readonly pruneMethods: readonly string[];
  readonly granularities: readonly string[];
  /** Where the weights go after pruning: `lt`, `rewind_lt`, `pt`, `finetune`. */
  readonly pruneTypes: readonly string[];
  /** Schedules of ε over training. */
  readonly epsilonSchedules: readonly string[];
  /** Schedules of the learning rate. */
  readonly learningRateSchedules: readonly string[];
  readonly boundTypes: readonly string[];
  readonly branchings: readonly string[];
  readonly relaxations: readonly string[];
  readonly augmentations: readonly string[];
  readonly devices: readonly string[];
}

/** What this version implements. */
export const implementedNames: ConfigNames = {
  get datasets() {
    return datasets.names();
  },
  get models() {
    return modelNames('trained');
  },
  get objectives() {
    return objectives.names();
  },
  get regularizers() {
    return ['gradAlign', ...regularizers.names()];
  },
  optimizers: optimizers.names(),
  get pruneMethods() {
    return [...criteria.names(), ...maskingSchedules.names()];
  },
  granularities: ['weight', 'channel', 'nm'],
  pruneTypes: Object.keys(rewindTypes),
  epsilonSchedules: radiusSchedules.names(),
  learningRateSchedules: rateSchedules.names(),
  boundTypes: ['IBP', 'CROWN-IBP', 'CROWN', 'FAST-IBP'],
  branchings: Object.keys(branchingHeuristics),
  relaxations: lowerSlopes,
  augmentations: ['auto', 'none', 'crop_flip'],
  devices: ['cpu', 'webgpu', 'cuda'],
};
