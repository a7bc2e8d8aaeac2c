/** @file The stage that verifies images of a state, several side by side. */
import { isNormalize } from '../../nn/layers/normalize.ts';
import { availableParallelism } from 'node:os';
import { join, relative } from 'node:path';
import { requireWritten } from '../../verify/files/errorOf.ts';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { encodeNpy } from '../../formats/npy.ts';
import { UserError } from '../../formats/userError.ts';
import type { Network } from '../../nn/network.ts';
import { maskNumbers } from '../../nn/masks.ts';
import { verifyImages } from '../../verify/files/verifyImages.ts';
import type { Asked } from '../asked.ts';
import type { VerifyStage } from '../stages.ts';
import { verdictRow } from '../verdictCounts.ts';
import { readCheckpoint } from './checkpointFile.ts';
import { imagesOfRun, limitsOfRun } from './imagesOfRun.ts';
import { networkOf, type RunData } from './setting.ts';

/** The network with another normalisation as its first layer. @throws UserError where it has none, or other channels */
export function normalizedBy(network: Network, other: Asked['normalization']): Network {
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

export function verifyStage(data: () => RunData): VerifyStage {
  return {
    async verify(
      { config, asked = {}, checkpoint, indices, root, witnessFolder, certificateFolder },
      { signal, imageDone },
    ) {
      const { epsilon = config.eps, normalization, ...more } = asked;
      const network = normalizedBy(networkOf(config), normalization);
      const { numbers, masks } = readCheckpoint(checkpoint, network);
      const workers = Math.min(config.verify.workers || availableParallelism(), indices.length);
      const images = imagesOfRun(data());
      await verifyImages(
        {
          subject: {
            kind: 'network',
            network: { network, numbers: maskNumbers(numbers as Record<string, Float32Array>, masks) },
          },
          indices,
          workers,
          certificates: certificateFolder,
          limits: limitsOfRun(config),
          question: (index) => ({
            kind: 'image',
            name: images.name(index),
            pixels: images.pixels(index),
            label: images.label(index),
            domain: images.domain,
            epsilon,
            norm: config.norm,
            targets: 'all',
            depth: 'complete',
            ...more,
          }),
        },
        {
          signal,
          async onAnswer(answer, index) {
            // A run's verdicts and certificates belong together: it stops, and asks again when it goes on.
            requireWritten(answer);
            const { witness, by, unstableRatio } = answer;
            const path = witness && by !== 'clean' ? join(witnessFolder, `${index}.npy`) : undefined;
            if (path !== undefined) {
              const shape = [...network.inputShape];
              writeFileAtomic(path, encodeNpy({ dtype: 'float32', shape, data: witness!.input }));
            }
            await imageDone({
              row: verdictRow(
                index,
                images.label(index),
                answer,
                path === undefined ? '' : relative(root, path),
              ),
              ...(Object.keys(unstableRatio).length > 0 && { unstableRatioByLayer: unstableRatio }),
            });
          },
        },
      );
      return { workers };
    },
  };
}
