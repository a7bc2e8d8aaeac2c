/** @file The stage that initialises, trains and evaluates states, in a worker thread. */
import { channelCountOf } from '../../prune/channels.ts';
import { createRng } from '../../data/rng.ts';
import { maskNumbers, type Masks } from '../../nn/masks.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import type { Network } from '../../nn/network.ts';
import { networkSize } from '../../nn/networkSize.ts';
import { compress } from '../../prune/compress.ts';
import {
  fullMasks,
  intersection,
  maskCounts,
  prunableKeys,
  remainRatio,
  weightMasks,
} from '../../prune/masks.ts';
import { maskingSchedules } from '../../prune/schedules/schedules.ts';
import { weightHistograms } from '../../prune/weightHistogram.ts';
import { initializations } from '../../train/initializations.ts';
import { objectives } from '../../train/objectives/objectives.ts';
import { startCheckpoint, type Checkpoint } from '../../train/plan.ts';
import { nrs } from '../../train/regularizers/nrs.ts';
import type { PluginRecord } from '../plugins/plugins.ts';
import { trainingThreads } from './trainingThreads.ts';
import { trainInThread, trainPoolOptions, type TrainPool } from '../../train/trainThreads.ts';
import { existsSync, rmSync } from 'node:fs';
import { UserError } from '../../formats/userError.ts';
import { memberOptions } from '../config/memberOptions.ts';
import type { RunConfig } from '../config/schema.ts';
import { readInitialWeights, type InitialWeights } from '../networks/initialWeights.ts';
import type { StateFiles } from '../paths.ts';
import type { CompressionRecord, LayerRemaining, SizeRecord, WholeSizeRecord } from '../records.ts';
import type { TrainStage } from '../stages.ts';
import { readCheckpoint, writeCheckpoint } from './checkpointFile.ts';
import { logEpoch } from './tensorBoard.ts';
import { createPace } from '../pace.ts';
import { evaluationOf, firstImages, networkOf, trainPlanOf, engineOf, type RunData } from './setting.ts';

/** Test images on which the neurons of a trained state are measured. */
const measuredImages = 256;

/** Kept and total weights of every prunable layer; layer names without the parameter's. */
export function layersRemaining(masks: Masks, network: Network): LayerRemaining[] {
  return Object.entries(maskCounts(weightMasks(network, masks))).map(([key, count]) => ({
    name: key.slice(0, key.lastIndexOf('.')),
    ...count,
    channels: channelsOf(masks[key], key, network),
  }));
}

/** Which output channels have a weight left. */
function channelsOf(mask: Uint8Array, key: string, network: Network): boolean[] {
  const channels = channelCountOf(network, key);
  const each = mask.length / channels;
  return Array.from({ length: channels }, (_, c) => mask.subarray(c * each, (c + 1) * each).includes(1));
}

/** Exact, over all parameters. */
export const sizeOf = (network: Network, numbers: Checkpoint['numbers'], masks: Masks): WholeSizeRecord =>
  networkSize({ network, numbers: maskNumbers(numbers as Record<string, Float32Array>, masks) });

/** What a state shrinks to without its dead channels. */
function compressionOf({ network, numbers }: NumberedNetwork, masks: Masks): CompressionRecord {
  const masked = maskNumbers(numbers as Record<string, Float32Array>, masks);
  const { before, after, dropped } = compress({ network, numbers: masked });
  const size = ({ parameters, macs }: SizeRecord): SizeRecord => ({ parameters, macs });
  const channels = Object.values(dropped).reduce((n, list) => n + list.length, 0);
  return { before: size(before), after: size(after), channels };
}

/** Everything is kept, unless the weights are sparse from the start. */
function initialMasks(config: RunConfig, network: Network): Masks {
  const full = fullMasks(network, prunableKeys(network, { linear: config.prune.linear }));
  if (!maskingSchedules.has(config.pruneMethod)) return full;
  const rng = createRng(config.seed).fork('masking');
  return maskingSchedules.named(config.pruneMethod).initial?.(network, full, config.rate, rng) ?? full;
}

/** Fresh weights, or those that the run is to start from; where their file says that some are pruned, those stay so. */
function firstWeights(config: RunConfig, network: Network): InitialWeights {
  const masks = initialMasks(config, network);
  if (config.init === undefined) {
    const { initialize } = initializations.named(initializationOf(config));
    return { numbers: initialize(network, createRng(config.seed).fork('initialise')), masks };
  }
  const own = readInitialWeights(config.init, network, config.keepZeros);
  return { numbers: own.numbers, masks: intersection(masks, own.masks) };
}

const initializationOf = ({ initialization, objective }: RunConfig): string => {
  if (initialization !== 'auto') return initialization;
  return objectives.named(objective).fastIbpWeights ? 'fast_ibp' : 'default';
};

/**
 * The newest step that was kept: of the epoch after the newest whole one, else that one's end, else the first weights.
 * A file that is damaged is said and left out; training from the one before comes to the same bits.
 */
function startOf(files: StateFiles, network: Network): Checkpoint {
  const whole =
    readOrDrop(files.last, network, 'The state is trained again from its first weights.') ??
    readCheckpoint(files.init, network);
  const part = readOrDrop(files.part, network, 'Training goes on from the whole epoch before.');
  return part?.epoch === whole.epoch ? part : whole;
}

function readOrDrop(path: string, network: Network, instead: string): Checkpoint | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return readCheckpoint(path, network);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stderr.write(`${error.message}\n${instead}\n`);
    rmSync(path, { force: true });
    return undefined;
  }
}

/** @param data called when images are first needed */
export function trainStage(
  data: () => RunData,
  threads: number,
  plugins: readonly PluginRecord[] = [],
): TrainStage & { close: () => Promise<void> } {
  let pool: TrainPool | undefined;
  const workers = (): TrainPool => (pool ??= trainingThreads.open(plugins, trainPoolOptions));
  return {
    async initialise({ config }, path) {
      const network = networkOf(config);
      const { numbers, masks } = firstWeights(config, network);
      writeCheckpoint(path, network, startCheckpoint(maskNumbers(numbers, masks), masks));
      return {
        layers: layersRemaining(masks, network),
        ...(config.init && { remainRatio: remainRatio(weightMasks(network, masks)) }),
      };
    },

    async train({ config, state, states, files }, context) {
      const plan = trainPlanOf(config, state, threads);
      const { network } = plan;
      const start = startOf(files, network);
      const { train, validation } = data();
      const pace = createPace();
      const end = await trainInThread(
        workers(),
        { plan, data: { train, validation }, start },
        {
          onStep: ({ epoch, step, steps, loss }) =>
            context.progress({
              type: 'step',
              state,
              states,
              epoch: epoch + 1,
              epochs: config.epochs,
              step: step + 1,
              steps,
              loss,
              imagesPerSecond: pace.update(
                (epoch * steps + step + 1) * config.batchSize,
                performance.now() / 1000,
              ),
            }),
          async onEpoch(report, checkpoint, isBest) {
            const weights = { ...checkpoint, optimizer: {} };
            if (isBest) writeCheckpoint(files.best, network, weights);
            if (state === 0 && checkpoint.epoch === config.rewindEpoch)
              writeCheckpoint(files.rewind, network, weights);
            const epoch = { state, ...report, epoch: report.epoch + 1 };
            await context.epochDone(epoch);
            logEpoch(files.folder, epoch, Date.now() / 1e3);
            writeCheckpoint(files.last, network, checkpoint);
            rmSync(files.part, { force: true });
          },
          onPart: (checkpoint) => writeCheckpoint(files.part, network, checkpoint),
        },
        context.signal,
      );
      return {
        ...(end.best && { best: { ...end.best, epoch: end.best.epoch + 1 } }),
        trainSeconds: end.seconds,
        ...(plan.masking && {
          remainRatio: remainRatio(weightMasks(network, end.masks)),
          layers: layersRemaining(end.masks, network),
        }),
        weights: weightHistograms(network, end.numbers, end.masks),
        size: sizeOf(network, end.numbers, end.masks),
        compressed: compressionOf({ network, numbers: end.numbers }, end.masks),
      };
    },

    async evaluate({ config, files }, context) {
      const network = networkOf(config);
      const { numbers } = readCheckpoint(files.last, network);
      const dataset = firstImages(data().test, config.evalImages);
      const task = {
        network,
        numbers,
        dataset,
        evaluation: evaluationOf(config),
        seed: config.seed,
        engine: engineOf(config, threads),
      };
      return workers().run('evaluate', task, { signal: context.signal });
    },

    async measure({ config, files }, context) {
      const network = networkOf(config);
      const { numbers, masks } = readCheckpoint(files.last, network);
      const { eps: epsilon, norm } = config;
      const { gammaPow } = memberOptions(nrs, config);
      const task = {
        network,
        numbers: maskNumbers(numbers as Record<string, Float32Array>, masks),
        dataset: firstImages(data().test, measuredImages),
        plan: { epsilon, norm, gammaPow, images: measuredImages },
        engine: engineOf(config, threads),
      };
      return workers().run('measure', task, { signal: context.signal });
    },

    async close() {
      await pool?.close();
      pool = undefined;
    },
  };
}
