/** @file The stage that makes the next state's masks and rewinds its weights. */
import { createRng } from '../../data/rng.ts';
import { remainRatio } from '../../prune/masks.ts';
import { pruneStep } from '../../prune/prune.ts';
import { maskNumbers } from '../../nn/masks.ts';
import { startCheckpoint } from '../../train/plan.ts';
import type { PruneStage } from '../stages.ts';
import { readCheckpoint, writeCheckpoint } from './checkpointFile.ts';
import { networkOf } from './setting.ts';
import { layersRemaining } from './trainStage.ts';

export const pruneStage: PruneStage = {
  async prune({ config, state, from, rewind, to }) {
    const network = networkOf(config);
    const trained = readCheckpoint(from, network);
    const { masks, asked, removed, rescued } = await pruneStep(
      {
        network,
        numbers: trained.numbers,
        masks: trained.masks,
        rng: createRng(config.seed).fork(`prune/${state}`),
      },
      { method: config.pruneMethod, rate: config.rate, layerwise: config.layerwise },
    );
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
      remainRatio: remainRatio(masks),
      layers: layersRemaining(masks, network),
      ...(rescued.length > 0 && { rescued }),
    };
  },
};
