/** @file Labelled images to ask about: a data set by name, or arrays in .npy files. */
import { existsSync } from 'node:fs';
import { loadDataset } from '../../data/datasets.ts';
import { imageCount, pixelsOf } from '../../data/dataset.ts';
import { elementCount, type NdArray } from '../../formats/ndArray.ts';
import { readNpy } from '../../formats/npy.ts';
import { UserError } from '../../formats/userError.ts';
import { requireLabels, requirePixels, requireRadii } from './imageValues.ts';

/** Images with raw pixels 0..1 and their labels. */
export interface LabelledImages {
  readonly count: number;
  /** [C,H,W], or [n]. */
  readonly shape: readonly number[];
  readonly pixels: (index: number) => Float32Array;
  readonly label: (index: number) => number;
  /** An image in messages: `labels.npy, image 3`. */
  readonly name: (index: number) => string;
}

/**
 * @param source name of a data set (its test images), or path of a .npy of N images: [N,C,H,W], [N,H,W,C] or [N,n],
 *   floating point 0..1, or whole numbers 0…255, which are divided by 255
 * @param labelsPath .npy of N labels; default: beside the images, `x` in the name replaced by `y`
 * @throws UserError where something is missing or does not fit, naming file, image and value
 */
export function openImages(source: string, labelsPath?: string): LabelledImages {
  if (source.endsWith('.npy')) return imagesOfArrays(source, labelsPath ?? labelsBeside(source));
  if (labelsPath !== undefined)
    throw new UserError(`--labels goes with a .npy file of images; the data set ${source} has its own.`);
  const { test } = loadDataset(source);
  return {
    count: imageCount(test),
    shape: test.shape,
    pixels: (index) => pixelsOf(test, index),
    label: (index) => test.labels[index],
    name: (index) => `${source}, image ${index}`,
  };
}

/** One radius for each of `count` images. @throws UserError naming file, image and value */
export function openRadii(path: string, count: number): (index: number) => number {
  const { data } = readNpy(path);
  if (data.length !== count)
    throw new UserError(`${path}: it holds ${data.length} radii for ${count} images.`);
  const radii = Float64Array.from(data as ArrayLike<number | bigint>, Number);
  requireRadii(radii, path);
  return (index) => radii[index];
}

function labelsBeside(path: string): string {
  const guess = path.replace(/x(?=\.npy$)|(?<=[/_])x(?=[_.][^/]*$)|images(?=[^/]*$)/, (found) =>
    found === 'x' ? 'y' : 'labels',
  );
  if (guess !== path && existsSync(guess)) return guess;
  throw new UserError(`There are no labels beside ${path}. Name their file with --labels.`);
}

function imagesOfArrays(path: string, labelsPath: string): LabelledImages {
  const images = readNpy(path);
  const labels = readNpy(labelsPath);
  const [count, ...rest] = images.shape;
  if (count === undefined || rest.length === 0 || rest.length > 3 || elementCount(rest) === 0)
    throw new UserError(
      `${path}: its shape is [${images.shape.join(',')}]; expected N images, e.g. [N,C,H,W].`,
    );
  if (count === 0) throw new UserError(`${path}: it holds no images (shape [${images.shape.join(',')}]).`);
  if (labels.data.length !== count)
    throw new UserError(
      `${labelsPath}: it holds ${labels.data.length} labels for the ${count} images of ${path} (shapes ` +
        `[${labels.shape.join(',')}] and [${images.shape.join(',')}]).`,
    );
  requirePixels(images, path);
  requireLabels(labels, labelsPath);
  const [first, , last] = rest;
  const channelsLast = rest.length === 3 && first !== 1 && first !== 3 && (last === 1 || last === 3);
  const shape = channelsLast ? [last, first, rest[1]] : rest.length === 2 ? [1, ...rest] : rest;
  return {
    count,
    shape,
    pixels: (index) => pixelsOfArray(images, index, channelsLast ? last : 1),
    label: (index) => Number(labels.data[index]),
    name: (index) => `${labelsPath}, image ${index}`,
  };
}

/** @param channels interleaved channels, to be separated */
function pixelsOfArray({ data, dtype, shape }: NdArray, index: number, channels: number): Float32Array {
  const size = data.length / shape[0];
  const scale = dtype.startsWith('float') || dtype === 'bool' ? 1 : 255;
  const pixels = new Float32Array(size);
  const plane = size / channels;
  for (let i = 0; i < size; i++)
    pixels[(i % channels) * plane + Math.floor(i / channels)] = Number(data[index * size + i]) / scale;
  return pixels;
}
