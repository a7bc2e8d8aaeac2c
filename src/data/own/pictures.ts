/** @file Reads PNG, JPEG, WebP and BMP pictures, as PIL and torchvision read them. */
import { createRequire } from 'node:module';
import { UserError } from '../../formats/userError.ts';

/** A decoded picture. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** As its file says: 1 grey, 3 colour. */
  readonly channels: 1 | 3;
  /** Red, green, blue, opacity of every pixel, row-major. */
  readonly rgba: Uint8ClampedArray | Uint8Array;
}

/** Endings of files that are read. */
export const pictureEndings = /\.(png|jpe?g|jfif|webp|bmp)$/i;

/** Pixels of a picture, at most: more would be unpacked into gigabytes. */
const mostPixels = 2 ** 26;

type Header = Pick<Picture, 'width' | 'height' | 'channels'>;
type Decoder = { decode(bytes: Uint8Array): { width: number; height: number; data: Uint8ClampedArray } };

interface Kind {
  readonly title: string;
  /** libpng's, libjpeg-turbo's, … in WebAssembly, loaded when the first picture asks. */
  readonly decoder: string;
  readonly begins: (bytes: Uint8Array) => boolean;
  /** @throws RangeError where the bytes end */
  readonly header: (view: DataView) => Header;
}

const text = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

/** Frame header of a JPEG: SOF0 to SOF15 but DHT, JPG, DAC. */
function jpegHeader(view: DataView): Header {
  for (let at = 2; ;) {
    const marker = view.getUint16(at);
    if (marker === 0xffff) {
      at++;
      continue;
    }
    const code = marker & 0xff;
    if (code >= 0xc0 && code <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(code))
      return {
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        channels: view.getUint8(at + 9) === 1 ? 1 : 3,
      };
    at += 2 + view.getUint16(at + 2);
  }
}

/** The three kinds of WebP: lossy, lossless, extended. */
function webpHeader(view: DataView): Header {
  const kind = String.fromCharCode(...[12, 13, 14, 15].map((at) => view.getUint8(at)));
  const uint24 = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 65536;
  if (kind === 'VP8X') return { width: uint24(24) + 1, height: uint24(27) + 1, channels: 3 };
  if (kind === 'VP8L') {
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1, channels: 3 };
  }
  return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff, channels: 3 };
}

/** A palette of greys makes a grey picture, as PIL writes them. */
function bmpHeader(view: DataView): Header {
  const size = view.getUint32(14, true);
  const [width, height] =
    size === 12
      ? [view.getUint16(18, true), view.getUint16(20, true)]
      : [Math.abs(view.getInt32(18, true)), Math.abs(view.getInt32(22, true))];
  const bits = view.getUint16(size === 12 ? 24 : 28, true);
  if (bits > 8) return { width, height, channels: 3 };
  const entry = size === 12 ? 3 : 4;
  const [from, to] = [14 + size, Math.min(view.getUint32(10, true), view.byteLength - 3)];
  for (let at = from; at + entry <= to; at += entry)
    if (view.getUint8(at) !== view.getUint8(at + 1) || view.getUint8(at) !== view.getUint8(at + 2))
      return { width, height, channels: 3 };
  return { width, height, channels: 1 };
}

const kinds: readonly Kind[] = [
  {
    title: 'PNG',
    decoder: '@cwasm/lodepng',
    begins: (bytes) => text(bytes, 1, 4) === 'PNG' && bytes[0] === 0x89,
    header: (view) => ({
      width: view.getUint32(16),
      height: view.getUint32(20),
      // Colour types 0 and 4 are grey.
      channels: view.getUint8(25) % 4 === 0 ? 1 : 3,
    }),
  },
  {
    title: 'JPEG',
    decoder: '@cwasm/jpeg-turbo',
    begins: (bytes) => bytes[0] === 0xff && bytes[1] === 0xd8,
    header: jpegHeader,
  },
  {
    title: 'WebP',
    decoder: '@cwasm/webp',
    begins: (bytes) => text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 12) === 'WEBP',
    header: webpHeader,
  },
  {
    title: 'BMP',
    decoder: '@cwasm/nsbmp',
    begins: (bytes) => text(bytes, 0, 2) === 'BM',
    header: bmpHeader,
  },
];

const load = createRequire(import.meta.url);

/**
 * Decodes a picture by what it is, whatever its name ends with. Bit for bit what PIL reads; EXIF turns are left out, as
 * there.
 * @param where names the bytes in errors, usually the path
 * @throws UserError where it is none of the four, damaged, or of more than 2^26 pixels
 */
export function decodePicture(bytes: Uint8Array, where: string): Picture {
  const kind = kinds.find(({ begins }) => begins(bytes));
  if (!kind)
    throw new UserError(
      `${where}: it is no PNG, JPEG, WebP or BMP picture, whatever its name says. Convert it, or take it out of the folder.`,
    );
  const damaged = (why: string): UserError =>
    new UserError(
      `${where}: this ${kind.title} picture cannot be read: ${why}. Put a whole one in its place, or take it out of the folder.`,
    );
  let header: Header;
  try {
    header = kind.header(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    throw damaged('it ends within its header');
  }
  const { width, height, channels } = header;
  if (!(width > 0 && height > 0 && width * height <= mostPixels))
    throw damaged(`its header says ${width}x${height} pixels; read are 1 to ${mostPixels} pixels`);
  if (kind.title === 'PNG' && bytes[24] === 16) throw damaged('it has 16 bits a channel; read are up to 8');
  const { decode } = load(kind.decoder) as Decoder;
  let decoded: ReturnType<Decoder['decode']>;
  try {
    decoded = decode(bytes);
  } catch {
    throw damaged(`it is truncated or damaged, or of a rare kind (such as CMYK) that is not read`);
  }
  if (decoded.width !== width || decoded.height !== height)
    throw damaged(
      `its header says ${width}x${height} pixels, its content ${decoded.width}x${decoded.height}`,
    );
  return { width, height, channels, rgba: decoded.data };
}

/** Whether every pixel is wholly opaque. */
export function isOpaque({ rgba }: Picture): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false;
  return true;
}

/**
 * Planes of a picture: red, green, blue; or one of grey, by the luma of ITU-R 601 as PIL rounds it.
 * @returns [channels, height, width]
 */
export function planesOf({ width, height, channels: own, rgba }: Picture, channels: 1 | 3): Uint8Array {
  const area = width * height;
  const planes = new Uint8Array(channels * area);
  for (let i = 0; i < area; i++) {
    const [r, g, b] = [rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2]];
    if (channels === 3) {
      planes[i] = r;
      planes[area + i] = g;
      planes[2 * area + i] = b;
    } else planes[i] = own === 1 ? r : (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
  }
  return planes;
}
