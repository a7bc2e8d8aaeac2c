/** @file Arrays of images and labels as a part of a data set. */
import { elementCount } from '../../formats/ndArray.ts';
import { UserError } from '../../formats/userError.ts';
import type { OwnPart } from './form.ts';
import { requireBytes, requireLabels } from './values.ts';

/** An array of a file. */
export interface FileArray {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number | bigint>;
  /** Whole numbers are pixels 0…255, others pixels 0..1. */
  readonly whole: boolean;
  /** File, and array in it. */
  readonly path: string;
}

/** Inputs with their labels; all parts of a data set have one shape. */
export interface ShapedPart extends OwnPart {
  /** [C,H,W], or [n]. */
  readonly shape: readonly number[];
}

/**
 * @param images [N,C,H,W], [N,H,W,C], [N,H,W] or [N,n]
 * @param labels [N] or [N,1]
 * @param asTheyAre values in a range that was stated: whole numbers are no pixels then, unless they are bytes
 * @throws UserError where shapes, pixels or labels do not fit, naming file and place
 */
export function arrayPart(images: FileArray, labels: FileArray, asTheyAre: boolean): ShapedPart {
  const { path } = images;
  const [count, ...rest] = images.shape;
  const shown = ({ shape }: FileArray): string => `[${shape.join(',')}]`;
  if (count === undefined || rest.length === 0 || rest.length > 3 || elementCount(rest) === 0)
    throw new UserError(`${path}: its shape is ${shown(images)}; expected N images, e.g. [N,C,H,W].`);
  if (count === 0) throw new UserError(`${path}: it holds no images (shape ${shown(images)}).`);
  if (labels.data.length !== count)
    throw new UserError(
      `${labels.path}: it holds ${labels.data.length} labels for the ${count} images of ${path} (shapes ` +
        `${shown(labels)} and ${shown(images)}).`,
    );
  const isPixels = images.whole && (!asTheyAre || images.data instanceof Uint8Array);
  if (isPixels) requireBytes(images.data, images.shape, path);
  requireLabels(labels.data, labels.path);
  const [first, , last] = rest;
  const channelsLast = rest.length === 3 && first !== 1 && first !== 3 && (last === 1 || last === 3);
  const shape = channelsLast ? [last, first, rest[1]] : rest.length === 2 ? [1, ...rest] : rest;
  return {
    shape,
    values: planes(images, isPixels, channelsLast ? last : 1),
    labels: Int32Array.from({ length: count }, (_, i) => Number(labels.data[i])),
    name: (index) => `${path}: image ${index}`,
    labelName: (index) => `${labels.path}, image ${index}`,
  };
}

/** @param channels interleaved channels, to be separated */
function planes({ data, shape }: FileArray, isPixels: boolean, channels: number): Uint8Array | Float32Array {
  if (channels === 1 && isPixels && data instanceof Uint8Array) return data;
  const size = data.length / shape[0];
  const plane = size / channels;
  const out = isPixels ? new Uint8Array(data.length) : new Float32Array(data.length);
  for (let from = 0; from < data.length; from += size)
    for (let i = 0; i < size; i++)
      out[from + (i % channels) * plane + Math.floor(i / channels)] = Number(data[from + i]);
  return out;
}

/** Parts have one shape. @throws UserError naming the file whose shape is another */
export function sameShape(parts: Iterable<ShapedPart>): readonly number[] {
  let shape: readonly number[] | undefined;
  for (const part of parts) {
    shape ??= part.shape;
    if (part.shape.join() !== shape.join())
      throw new UserError(
        `${part.name(0)} has the shape [${part.shape.join(',')}], the first part's have [${shape.join(',')}]. Bring all parts to one shape.`,
      );
  }
  return shape!;
}
