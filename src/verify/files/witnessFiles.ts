/** @file A counterexample as files: the numbers as .npy, and a picture where they are one. */
import { crc32, deflateSync } from 'node:zlib';
import { encodeNpy } from '../../formats/npy.ts';
import { openOutput, writeOutput } from '../../formats/outputFile.ts';

/** Smaller grids are no pictures. */
const leastSide = 8;

/**
 * Writes `path` (.npy), and a .png of the same name where the shape is an image's: [C,H,W] with 1 or 3 channels.
 * Values of 0..1 are shown as they are, others from their least to their largest.
 * @returns the paths written
 * @throws UserError where a path cannot be written
 */
export function writeWitness(path: string, input: Float32Array, inputShape: readonly number[]): string[] {
  const place = openOutput(path);
  place.write(encodeNpy({ dtype: 'float32', shape: [...inputShape], data: input }));
  if (!place.isFile) return [path];
  const [channels, height, width] = inputShape.length === 4 ? inputShape.slice(1) : inputShape;
  if (inputShape.length < 3 || (channels !== 1 && channels !== 3) || Math.min(height, width) < leastSide)
    return [path];
  const picture = path.replace(/(\.npy)?$/, '.png');
  writeOutput(picture, encodePng(pixelBytes(input, channels, height * width), width, height, channels));
  return [path, picture];
}

/** Planes of numbers → interleaved bytes. */
function pixelBytes(values: Float32Array, channels: number, size: number): Uint8Array {
  const least = Math.min(0, ...values);
  const largest = Math.max(1, ...values);
  const bytes = new Uint8Array(channels * size);
  for (let c = 0; c < channels; c++)
    for (let i = 0; i < size; i++)
      bytes[i * channels + c] = Math.round((255 * (values[c * size + i] - least)) / (largest - least));
  return bytes;
}

/** PNG (ISO/IEC 15948), 8 bits a channel, grey or RGB, every line unfiltered. */
function encodePng(pixels: Uint8Array, width: number, height: number, channels: 1 | 3): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  const row = width * channels;
  const lines = Buffer.alloc(height * (row + 1));
  for (let y = 0; y < height; y++) lines.set(pixels.subarray(y * row, (y + 1) * row), y * (row + 1) + 1);
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const framed = Buffer.alloc(body.length + 8);
    framed.writeUInt32BE(data.length, 0);
    framed.set(body, 4);
    framed.writeUInt32BE(crc32(body), body.length + 4);
    return framed;
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', new Uint8Array(0)),
  ]);
}
