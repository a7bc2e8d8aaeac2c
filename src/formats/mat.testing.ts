/** @file Writes small MAT-files for tests. */
import { deflateSync } from 'node:zlib';

/** An array to write: the first dimension varies fastest. */
export interface MatInput {
  shape: number[];
  data: Uint8Array | Float64Array;
}

function element(type: number, content: Uint8Array): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt32LE(type, 0);
  tag.writeUInt32LE(content.length, 4);
  return Buffer.concat([tag, content, Buffer.alloc((8 - (content.length % 8)) % 8)]);
}

/** Up to four bytes stored inside the tag. */
function smallElement(type: number, content: Uint8Array): Buffer {
  const tag = Buffer.alloc(8);
  tag.writeUInt16LE(type, 0);
  tag.writeUInt16LE(content.length, 2);
  tag.set(content, 4);
  return tag;
}

/** The bytes of a version 5 MAT-file; class 9 (uint8) or 6 (double) by the kind of the data. */
export function encodeMat(arrays: Record<string, MatInput>, compress = false): Buffer {
  const header = Buffer.alloc(128, ' ');
  header.set([0, 1, 0x49, 0x4d], 124);
  const matrices = Object.entries(arrays).map(([name, { shape, data }]) => {
    const bytes = data instanceof Uint8Array;
    const flags = Buffer.alloc(8);
    flags[0] = bytes ? 9 : 6;
    const title = Buffer.from(name, 'latin1');
    const content = Buffer.concat([
      element(6, flags),
      element(5, new Uint8Array(Int32Array.from(shape).buffer)),
      title.length <= 4 ? smallElement(1, title) : element(1, title),
      element(bytes ? 2 : 9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)),
    ]);
    const matrix = element(14, content);
    if (!compress) return matrix;
    const packed = deflateSync(matrix);
    return Buffer.concat([element(15, packed).subarray(0, 8), packed]);
  });
  return Buffer.concat([header, ...matrices]);
}
