/** @file Reads PNG pictures of 8-bit grey, RGB or RGBA pixels, as datasets packed into pictures use them. */
import { crc32 } from 'node:zlib';
import { inflateBudget } from './inflate.ts';
import { UserError } from './userError.ts';

/** A decoded picture. */
export interface PngImage {
  width: number;
  height: number;
  /** 1 grey, 2 grey and alpha, 3 RGB, 4 RGB and alpha. */
  channels: number;
  /** Row-major, channels interleaved: height · width · channels bytes. */
  data: Uint8Array;
}

/** Pixels of a picture, at most. */
const mostPixels = 2 ** 26;

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const channelsOfColourType: Record<number, number> = { 0: 1, 2: 3, 4: 2, 6: 4 };

/**
 * Decodes a PNG file (ISO/IEC 15948): 8 bits a channel, no palette, not interlaced.
 * @param where names the bytes in errors, usually the path
 * @param wanted the size that it must have, looked at before anything is unpacked
 * @throws UserError on a damaged file, another size, more than 2^26 pixels, or an unsupported kind of PNG.
 */
export function decodePng(
  bytes: Uint8Array,
  where: string,
  wanted?: { readonly width: number; readonly height: number },
): PngImage {
  if (signature.some((byte, i) => bytes[i] !== byte)) throw new UserError(`${where}: not a PNG file.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const compressed: Uint8Array[] = [];
  let header: DataView | undefined;
  for (let at = 8; ;) {
    if (at + 12 > bytes.length) throw damaged(where, 'it ends before its last chunk');
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 8 + length;
    if (end + 4 > bytes.length) throw damaged(where, `its chunk ${type} is cut off`);
    if (crc32(bytes.subarray(at + 4, end)) !== view.getUint32(end)) {
      throw damaged(where, `the checksum of its chunk ${type} is wrong`);
    }
    if (type === 'IHDR' && length === 13) header = new DataView(view.buffer, view.byteOffset + at + 8, 13);
    if (type === 'IDAT') compressed.push(bytes.subarray(at + 8, end));
    if (type === 'IEND') break;
    at = end + 4;
  }
  if (!header) throw damaged(where, 'it has no header');
  const [width, height] = [header.getUint32(0), header.getUint32(4)];
  if (width === 0 || height === 0 || width > mostPixels || height > mostPixels || width * height > mostPixels)
    throw new UserError(`${where}: a PNG of ${width}x${height} pixels; read are 1 to ${mostPixels} pixels.`);
  if (wanted && (width !== wanted.width || height !== wanted.height))
    throw new UserError(
      `${where}: ${width}x${height} pixels where ${wanted.width}x${wanted.height} are wanted.`,
    );
  const channels = channelsOfColourType[header.getUint8(9)];
  if (header.getUint8(8) !== 8 || channels === undefined || header.getUint8(12) !== 0) {
    throw new UserError(
      `${where}: this kind of PNG is not supported; convert it to 8 bits a channel, no palette, not interlaced.`,
    );
  }
  const size = height * (1 + width * channels);
  let rows: Uint8Array;
  try {
    rows = inflateBudget(bytes.length).inflate('zlib', Buffer.concat(compressed), size);
  } catch (error) {
    throw damaged(where, (error as Error).message);
  }
  return { width, height, channels, data: unfilter(rows, height, width * channels, channels, where) };
}

function damaged(where: string, why: string): UserError {
  return new UserError(`${where}: the PNG file is truncated or damaged: ${why}. Fetch it again.`);
}

/** Predictions by the bytes to the left, above, and above left (section 9 of the standard), by filter. */
const predictions: readonly ((left: number, up: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_, up) => up,
  (left, up) => (left + up) >> 1,
  // Paeth: whichever of them lies nearest to left + above − upper left.
  (left, up, corner) => {
    const [toLeft, toUp] = [Math.abs(up - corner), Math.abs(left - corner)];
    const toCorner = Math.abs(left + up - 2 * corner);
    return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
  },
];

/** Undoes the per-row filters: each byte was stored as its difference from a prediction. */
function unfilter(rows: Uint8Array, height: number, stride: number, step: number, where: string): Uint8Array {
  const out = new Uint8Array(height * stride);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1);
    const predict = predictions[rows[start]] as (typeof predictions)[number] | undefined;
    if (!predict) throw damaged(where, `row ${y} has the unknown filter ${rows[start]}`);
    const row = out.subarray(y * stride, (y + 1) * stride);
    for (let i = 0; i < stride; i++) {
      const [left, corner] = i < step ? [0, 0] : [row[i - step], above[i - step]];
      row[i] = rows[start + 1 + i] + predict(left, above[i], corner);
    }
    above = row;
  }
  return out;
}
