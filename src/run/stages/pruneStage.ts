/** @file The stage that makes the next state's masks and rewinds its weights. */
import { createRng } from '../../data/rng.ts';
import { maskNumbers } from '../../nn/masks.ts';
import { fullMasks, prunableKeys, remainRatio, weightMasks } from '../../prune/masks.ts';
import { criteria } from '../../prune/criteria/criteria.ts';
import type { CriterionContext, ScoringData } from '../../prune/criteria/criterion.ts';
import { pruneStep, type PruneOptions } from '../../prune/prune.ts';
import { startCheckpoint } from '../../train/plan.ts';
import { memberOptions } from '../config/memberOptions.ts';
import type { RunConfig } from '../config/schema.ts';
import type { PruneStage } from '../stages.ts';
import { readCheckpoint, writeCheckpoint } from './checkpointFile.ts';
import { networkOf, trainPlanOf, type RunData } from './setting.ts';
import { layersRemaining, sizeOf } from './trainStage.ts';

/** What a configuration asks of the pruning that makes `state`. */
function pruneOptionsOf(config: RunConfig, state: number): PruneOptions {
  return {
    method: config.pruneMethod,
    criterionOptions: memberOptions(criteria.named(config.pruneMethod), config),
    rate: config.rate,
    layerwise: config.layerwise,
    time: Math.max(1, state),
    granularity: config.prune.granularity,
    pattern: config.prune.pattern,
  };
}

/** Training images under the training loss; the test images take no part. */
function scoringDataOf(config: RunConfig, state: number, data: RunData, threads: number): ScoringData {
  const { objective, objectiveOptions, regularizers, batchSize, engine } = trainPlanOf(
    config,
    state,
    threads,
  );
  const { images, scores } = config.prune;
  return {
    dataset: data.train,
    images,
    batchSize,
    objective,
    objectiveOptions,
    ...(scores === 'loss' && { regularizers }),
    epsilon: config.eps,
    engine,
  };
}

/** @param data called when images are first needed */
export function pruneStage(data: () => RunData, threads: number): PruneStage {
  return {
    async prune({ config, state, from, rewind, to }, { signal }) {
      const network = networkOf(config);
      const trained = readCheckpoint(from, network);
      const all = fullMasks(network, prunableKeys(network, { linear: config.prune.linear }));
      // Masks of other weights, which the run's first weights brought with them, stay as they are.
      const isHeld = (key: string): boolean => !(key in all) && key in weights;
      const weights = weightMasks(network, trained.masks);
      const given = Object.entries(trained.masks);
      const held = Object.fromEntries(given.filter(([key]) => isHeld(key)));
      const context: CriterionContext = {
        network,
        numbers: trained.numbers,
        masks: { ...all, ...Object.fromEntries(given.filter(([key]) => !isHeld(key))) },
        rng: createRng(config.seed).fork(`prune/${state}`),
        data: { ...scoringDataOf(config, state, data(), threads), signal },
      };
      const { masks: pruned, ...step } = await pruneStep(context, pruneOptionsOf(config, state));
      const { asked, removed, rescued } = step;
      const masks = { ...held, ...pruned };
      const { numbers } = readCheckpoint(rewind, network);
      writeCheckpoint(
        to,
        network,
        startCheckpoint(maskNumbers(numbers as Record<string, Float32Array>, masks), masks),
      );
      return {
        method: config.pruneMethod,
        asked,
        removed,
        remainRatio: remainRatio(weightMasks(network, masks)),
        layers: layersRemaining(masks, network),
        size: sizeOf(network, numbers, masks),
        ...(rescued.length > 0 && { rescued }),
      };
    },
  };
}
