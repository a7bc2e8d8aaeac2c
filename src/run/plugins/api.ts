/** @file `certprune/plugin`: the types of the members that a plugin gives, and the pieces that they are made of. */
import type { DatasetSource } from '../../data/source.ts';
import type { Model } from '../../nn/zoo/model.ts';
import type { Criterion } from '../../prune/criteria/criterion.ts';
import type { Objective } from '../../train/objectives/objective.ts';
import type { Options } from '../../family/option.ts';
import type { Regularizer, RegularizerSettings } from '../../train/regularizers/regularizer.ts';

/** What a plugin exports as its default: members by family. */
export interface Plugin {
  readonly criteria?: readonly Criterion[];
  readonly objectives?: readonly Objective[];
  readonly regularizers?: readonly Regularizer<Options, RegularizerSettings>[];
  readonly models?: readonly Model[];
  readonly datasets?: readonly DatasetSource[];
}

// Families
export type { Member } from '../../family/family.ts';
export type { Option, Options, OptionValues } from '../../family/option.ts';
export { UserError } from '../../formats/userError.ts';

// Tensors: what losses, layers and attacks are written in
export * from '../../tensor/index.ts';

// Pruning criteria
export type { Criterion, CriterionContext, Goal, Scores } from '../../prune/criteria/criterion.ts';
export { rowMeans } from '../../prune/channels.ts';
export { mapMasks } from '../../prune/masks.ts';
export { hessianProducts, meanGradients } from '../../prune/objectiveGradients.ts';
export type { Masks } from '../../nn/masks.ts';

// Objectives and regularisers
export type {
  Objective,
  ObjectiveContext,
  ObjectiveOptions,
  ObjectiveResult,
} from '../../train/objectives/objective.ts';
export { weightOption, type Regularizer } from '../../train/regularizers/regularizer.ts';
export { project } from '../../attack/box.ts';
export { crossEntropyGoal, labelMargin } from '../../attack/goal.ts';
export { fgsm as fgsmStep } from '../../attack/fgsm.ts';
export { pgdWalk } from '../../attack/pgd.ts';

// Models
export type { Model, ModelBuilder, ModelChoices } from '../../nn/zoo/model.ts';
export { convThenLinear } from '../../nn/zoo/model.ts';
export type { Network } from '../../nn/network.ts';

// Data sets
export type { DataFile, DatasetSource, Layout, Samples } from '../../data/source.ts';
export { cropAndFlip, noAugmentation } from '../../data/augment.ts';
export type { Normalization } from '../../data/normalization.ts';
export { createRng, type Rng } from '../../data/rng.ts';
