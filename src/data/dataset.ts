/** @file Labelled images in memory: the Dataset record, its subsets and its train/validation split. */
import { elementCount } from '../formats/ndArray.ts';
import { UserError } from '../formats/userError.ts';
import type { InputDomain } from './domain.ts';
import type { Normalization } from './normalization.ts';
import type { Rng } from './rng.ts';

/** Labelled images of one size, in memory. */
export interface Dataset extends Normalization {
  /** Name of the dataset, as in the table of datasets: 'mnist', 'cifar10', … */
  name: string;
  /** Bytes are pixels 0..255, others the values themselves; N·C·H·W row-major. */
  images: Uint8Array | Float32Array;
  /** Class of each image, 0..classes − 1. */
  labels: Uint8Array | Int32Array;
  /** [C, H, W], or [n] for rows of a table. */
  shape: readonly number[];
  classes: number;
  /** One word per class. */
  classNames: string[];
  /** Absent: raw pixels 0..1. */
  domain?: InputDomain | undefined;
}

/** Number of images held out of the training images unless the user says otherwise. */
export const defaultValidationSize = 5000;

/** Number of images. */
export function imageCount(dataset: Dataset): number {
  return dataset.labels.length;
}

/** The images at `indices`, in that order; copied into memory that worker threads share instead of copying it again. */
export function subsetOf(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const size = imageSize(dataset);
  const { length } = indices;
  const images =
    dataset.images instanceof Uint8Array
      ? new Uint8Array(new SharedArrayBuffer(length * size))
      : new Float32Array(new SharedArrayBuffer(4 * length * size));
  const labels = dataset.labels instanceof Uint8Array ? new Uint8Array(length) : new Int32Array(length);
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i];
    if (!(from >= 0 && from < imageCount(dataset))) {
      throw new RangeError(
        `${dataset.name} has images 0..${imageCount(dataset) - 1}; there is no image ${from}`,
      );
    }
    images.set(dataset.images.subarray(from * size, (from + 1) * size), i * size);
    labels[i] = dataset.labels[from]!;
  }
  return { ...dataset, images, labels };
}

/** Elements of one image, C·H·W. */
export function imageSize(dataset: Dataset): number {
  return elementCount(dataset.shape);
}

/**
 * One image as raw pixels 0..1 (byte / 255 rounded to f32) or as its values are, [C, H, W].
 * @throws RangeError where there is no such image.
 */
export function pixelsOf(dataset: Dataset, index: number): Float32Array {
  const size = imageSize(dataset);
  if (!Number.isInteger(index) || index < 0 || index >= imageCount(dataset)) {
    throw new RangeError(
      `${dataset.name} has images 0..${imageCount(dataset) - 1}; there is no image ${index}`,
    );
  }
  const image = dataset.images.subarray(index * size, (index + 1) * size);
  return image instanceof Uint8Array ? Float32Array.from(image, (byte) => byte / 255) : image.slice();
}

/**
 * Holds out `validationSize` images drawn by `rng` (from its fork 'validation', so earlier draws do not matter);
 * both parts keep the order of the file. Size 0 gives an empty validation set.
 * @throws UserError where the size leaves no training image.
 */
export function splitTrainValidation(
  dataset: Dataset,
  validationSize: number,
  rng: Rng,
): { train: Dataset; validation: Dataset } {
  const count = imageCount(dataset);
  if (!Number.isInteger(validationSize) || validationSize < 0 || validationSize >= count) {
    throw new UserError(
      `The validation size ${validationSize} does not fit ${dataset.name}: ` +
        `give a whole number from 0 to ${count - 1} (it has ${count} training images).`,
    );
  }
  const order = rng.fork('validation').permutation(count);
  return {
    validation: subsetOf(dataset, order.subarray(0, validationSize).toSorted()),
    train: subsetOf(dataset, order.subarray(validationSize).toSorted()),
  };
}
