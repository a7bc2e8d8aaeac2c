/** @file Random crop and horizontal flip, from bytes straight into a float batch. */
import { elementCount } from '../formats/ndArray.ts';
import type { Rng } from './rng.ts';

/** What is done to a training image at random. */
export interface Augmentation {
  /** Zero pixels added on each side before a window of the original size is cut out; 0 cuts nothing. */
  cropPadding: number;
  /** Whether each image is mirrored left to right with probability 1/2. */
  horizontalFlip: boolean;
}

/** Images as they are. */
export const noAugmentation: Augmentation = { cropPadding: 0, horizontalFlip: false };

/** Padding 4 and flips: the study's for CIFAR and FashionMNIST. */
export const cropAndFlip: Augmentation = { cropPadding: 4, horizontalFlip: true };

/** One image's draw: the crop window moves by (rows, columns) in −padding..padding; then maybe a flip. */
export interface Placement {
  rows: number;
  columns: number;
  flip: boolean;
}

/** Draws one image's placement. The number of draws does not depend on their outcome. */
export function drawPlacement({ cropPadding, horizontalFlip }: Augmentation, rng: Rng): Placement {
  const offset = () => (cropPadding > 0 ? rng.integer(2 * cropPadding + 1) - cropPadding : 0);
  return { rows: offset(), columns: offset(), flip: horizontalFlip && rng.integer(2) === 1 };
}

const pixelOfByte = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/**
 * Writes image `from` of `images` ([N, C, H, W] bytes, or values that stay as they are) as image `to` of `out` ([B, C, H, W];
 * of bytes raw pixels 0..1, byte/255 in f32). What the moved window takes from outside the image is 0 in pixel space, i.e. before normalisation.
 */
export function placeImage(
  images: Uint8Array | Float32Array,
  from: number,
  shape: readonly number[],
  placement: Placement,
  out: Float32Array,
  to: number,
): void {
  const { rows, columns, flip } = placement;
  const size = elementCount(shape);
  const source = from * size;
  const target = to * size;
  if (rows === 0 && columns === 0 && !flip) {
    if (images instanceof Float32Array) out.set(images.subarray(source, source + size), target);
    else for (let i = 0; i < size; i++) out[target + i] = pixelOfByte[images[source + i]]!;
    return;
  }
  const [channels, height, width] = shape;
  const isByte = images instanceof Uint8Array;
  // Column w of the unflipped window shows column w + columns of the image, where that exists.
  const first = Math.max(0, -columns);
  const end = Math.min(width, width - columns);
  const step = flip ? -1 : 1;
  out.fill(0, target, target + size);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = Math.max(0, -rows); row < Math.min(height, height - rows); row++) {
      let read = source + (channel * height + row + rows) * width + first + columns;
      let write = target + (channel * height + row) * width + (flip ? width - 1 - first : first);
      for (let column = first; column < end; column++) {
        out[write] = isByte ? pixelOfByte[images[read]] : images[read];
        read++;
        write += step;
      }
    }
  }
}
