/** @file How many neurons a block walks, and how many images a group has. */
import type { Network } from '../../nn/network.ts';
import { layerShapes } from '../../nn/shapes.ts';
import { sizeOf } from '../../tensor/index.ts';
import type { Stage } from './stages.ts';

/** Coefficients of one layer in a block: 4 MiB, so that its passes stay near the caches. */
const blockCoefficients = 2 ** 20;
const mostNeurons = 256;
const leastNeurons = 4;

/** Interval elements of a group of images, all stages together: 32 MiB a bound. */
const groupElements = 2 ** 23;
const mostImages = 16;

/** Sizes of a stage's blocks, falling by four: large ones first, small ones for the rest. */
export function blockSizes(whole: Network, { below, size }: Stage): number[] {
  const shapes = layerShapes(whole);
  const widest = Math.max(...below.map(({ name }) => sizeOf(shapes.get(name)!)));
  const fitting = blockCoefficients / (2 * widest);
  let neurons = mostNeurons;
  while (neurons > leastNeurons && (neurons > fitting || neurons >= 2 * size)) neurons /= 2;
  const sizes = [neurons];
  while (sizes.at(-1)! / 4 >= leastNeurons) sizes.push(sizes.at(-1)! / 4);
  return sizes;
}

/** A divisor of the batch. */
export function groupSize(whole: Network, stages: readonly Stage[], batchSize: number): number {
  const widest = Math.max(...[...layerShapes(whole).values()].map(sizeOf));
  const elements = Math.max(
    widest,
    stages.reduce((sum, { size }) => sum + size, 0),
  );
  let images = Math.max(1, Math.min(mostImages, batchSize, Math.floor(groupElements / elements)));
  while (batchSize % images !== 0) images--;
  return images;
}
