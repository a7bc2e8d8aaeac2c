/** @file Batches of a dataset: seeded shuffled epochs for training, in-order batches for evaluation. */
import { UserError } from '../formats/userError.ts';
import { drawPlacement, noAugmentation, placeImage } from './augment.ts';
import type { Augmentation } from './augment.ts';
import { imageCount, imageSize } from './dataset.ts';
import type { Dataset } from './dataset.ts';
import type { Rng } from './rng.ts';

/** A batch. Its arrays are reused: they hold these values until the next batch is asked for. */
export interface Batch {
  /** Position in the epoch, from 0. */
  index: number;
  /** Raw pixels 0..1, [batchSize, C, H, W]; not normalised. */
  x: Float32Array;
  /** Labels [batchSize]. */
  y: Int32Array;
  /** Number of images in it; entries from `count` on are padding (pixels 0, label 0). */
  count: number;
  /** Which image of the dataset each entry is, [count]. */
  indices: Int32Array;
}

/** How an epoch of training batches is drawn. */
export interface EpochOptions {
  dataset: Dataset;
  batchSize: number;
  /** Only its seed matters: the draws come from its forks `shuffle/<epoch>` and `augment/<epoch>/<batch>`. */
  rng: Rng;
  /** Number of the epoch; order and augmentation depend on (seed, epoch) alone. */
  epoch: number;
  /** Default: none. */
  augment?: Augmentation | undefined;
  /** Whether a smaller last batch is left out (default true) or padded. */
  dropLast?: boolean | undefined;
  /** Batches to leave out at the start, for a run that continues inside an epoch. Default 0. */
  firstBatch?: number | undefined;
}

/**
 * Number of batches of an epoch.
 * @throws UserError where the batch size is not a positive whole number, or larger than the dataset with `dropLast`.
 */
export function batchesPerEpoch(dataset: Dataset, batchSize: number, dropLast = true): number {
  const count = imageCount(dataset);
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new UserError(`The batch size ${batchSize} is not a positive whole number.`);
  }
  if (dropLast && batchSize > count) {
    throw new UserError(
      `The batch size ${batchSize} is larger than the ${count} images to draw from (${dataset.name}): ` +
        `give at most ${count}.`,
    );
  }
  return dropLast ? Math.floor(count / batchSize) : Math.ceil(count / batchSize);
}

/**
 * The training batches of one epoch, shuffled and augmented.
 * @throws UserError as {@link batchesPerEpoch}, when the first batch is asked for.
 */
export function* epochBatches(options: EpochOptions): Generator<Batch, void, undefined> {
  const {
    dataset,
    batchSize,
    rng,
    epoch,
    augment = noAugmentation,
    dropLast = true,
    firstBatch = 0,
  } = options;
  const count = batchesPerEpoch(dataset, batchSize, dropLast);
  const order = rng.fork(`shuffle/${epoch}`).permutation(imageCount(dataset));
  const buffers = allocate(dataset, batchSize);
  for (let index = firstBatch; index < count; index++) {
    const indices = order.subarray(index * batchSize, (index + 1) * batchSize);
    yield fill(buffers, dataset, index, indices, augment, rng.fork(`augment/${epoch}/${index}`));
  }
}

/** All images in order, for evaluation; the last batch is padded (see {@link Batch.count}). */
export function* evaluationBatches(dataset: Dataset, batchSize: number): Generator<Batch, void, undefined> {
  const count = batchesPerEpoch(dataset, batchSize, false);
  const order = Int32Array.from({ length: imageCount(dataset) }, (_, i) => i);
  const buffers = allocate(dataset, batchSize);
  for (let index = 0; index < count; index++) {
    yield fill(
      buffers,
      dataset,
      index,
      order.subarray(index * batchSize, (index + 1) * batchSize),
      noAugmentation,
    );
  }
}

type Buffers = Pick<Batch, 'x' | 'y'>;

function allocate(dataset: Dataset, batchSize: number): Buffers {
  return { x: new Float32Array(batchSize * imageSize(dataset)), y: new Int32Array(batchSize) };
}

const inPlace = { rows: 0, columns: 0, flip: false };

function fill(
  { x, y }: Buffers,
  dataset: Dataset,
  index: number,
  indices: Int32Array,
  augment: Augmentation,
  rng?: Rng,
): Batch {
  const { images, labels, shape } = dataset;
  const count = indices.length;
  const moves = augment.cropPadding > 0 || augment.horizontalFlip;
  for (let i = 0; i < count; i++) {
    const placement = moves && rng ? drawPlacement(augment, rng) : inPlace;
    placeImage(images, indices[i], shape, placement, x, i);
    y[i] = labels[indices[i]]!;
  }
  x.fill(0, count * imageSize(dataset));
  y.fill(0, count);
  return { index, x, y, count, indices };
}
