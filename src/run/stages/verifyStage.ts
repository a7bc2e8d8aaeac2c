/** @file The stage that verifies images of a state, several side by side. */
import { isNormalize } from '../../nn/layers/normalize.ts';
import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { pixelsOf } from '../../data/dataset.ts';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { encodeNpy } from '../../formats/npy.ts';
import { UserError } from '../../formats/userError.ts';
import type { Network } from '../../nn/network.ts';
import { maskNumbers } from '../../nn/masks.ts';
import { imageThreads, type ImageAnswer, type ImageTask } from '../../verify/imageThreads.ts';
import type { ImageQuestion } from '../../verify/files/answer.ts';
import type { Asked } from '../asked.ts';
import type { RunConfig } from '../config/schema.ts';
import type { VerifyRow } from '../records.ts';
import type { VerifyStage, VerifyTask } from '../stages.ts';
import { runChoices } from '../verifyOptions/choices.ts';
import { readCheckpoint } from './checkpointFile.ts';
import { networkOf, type RunData } from './setting.ts';

/** The network with another normalisation as its first layer. @throws UserError where it has none, or other channels */
function normalizedBy(network: Network, other: Asked['normalization']): Network {
  if (!other) return network;
  const [first] = network.layers;
  const channels = network.inputShape[0];
  const over = (values: readonly number[], option: string): number[] => {
    if (values.length !== 1 && values.length !== channels)
      throw new UserError(`${option}: ${values.length} numbers for images of ${channels} channels.`);
    return Array.from({ length: channels }, (_, i) => values[values.length === 1 ? 0 : i]);
  };
  if (!isNormalize(first))
    throw new UserError(`--mean and --std: ${network.name} has no normalisation that could be replaced.`);
  const normalize = { ...first, mean: over(other.mean, '--mean'), std: over(other.std, '--std') };
  return { ...network, layers: [normalize, ...network.layers.slice(1)] };
}

/** The pipeline's options from a configuration. */
const verifyOptionsOf = (config: RunConfig): ImageTask['options'] => ({
  ...runChoices(config),
  timeoutSeconds: config.verify.timeout,
  memoryBytes: config.verify.memory,
});

export function verifyStage(data: () => RunData): VerifyStage {
  return {
    async verify(task, context) {
      const network = normalizedBy(networkOf(task.config), task.asked?.normalization);
      const { numbers, masks } = readCheckpoint(task.checkpoint, network);
      const workers = Math.min(task.config.verify.workers || availableParallelism(), task.indices.length);
      const pool = imageThreads.open(
        { network, numbers: maskNumbers(numbers as Record<string, Float32Array>, masks) },
        { size: workers },
      );
      const { test } = data();
      const options = verifyOptionsOf(task.config);
      setMaxListeners(task.indices.length + 10, context.signal);
      try {
        await Promise.all(
          task.indices.map(async (index) => {
            const label = test.labels[index];
            const { eps, norm } = task.config;
            const { epsilon = eps, normalization: _, ...asked } = task.asked ?? {};
            const question: ImageQuestion = {
              kind: 'image',
              name: `test image ${index}`,
              pixels: pixelsOf(test, index),
              label,
              epsilon,
              norm,
              targets: 'all',
              depth: 'complete',
              ...asked,
            };
            const answer = await pool.run('verify', { question, options }, { signal: context.signal });
            const { unstableRatio } = answer.result;
            await context.imageDone({
              row: rowOf(task, index, label, answer),
              ...(Object.keys(unstableRatio).length > 0 && { unstableRatioByLayer: unstableRatio }),
            });
          }),
        );
      } finally {
        await pool.close();
      }
      return { workers };
    },
  };
}

function rowOf(
  task: VerifyTask,
  index: number,
  label: number,
  { prediction, result }: ImageAnswer,
): VerifyRow {
  const { verdict, seconds, domains, lowerBound } = result;
  let witness = '';
  if (verdict.kind === 'falsified' && verdict.by !== 'clean') {
    const path = join(task.witnessFolder, `${index}.npy`);
    const shape = [...networkOf(task.config).inputShape];
    writeFileAtomic(path, encodeNpy({ dtype: 'float32', shape, data: verdict.witness.input }));
    witness = relative(task.root, path);
  }
  return {
    index,
    label,
    prediction,
    verdict: verdict.kind,
    by: verdict.kind === 'unknown' ? '' : verdict.by,
    why: verdict.kind === 'unknown' ? verdict.why : '',
    seconds,
    domains,
    lowerBound,
    witness,
  };
}
