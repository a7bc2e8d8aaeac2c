/** @file Element types of arrays in files: how many bytes each takes, and what array its bytes are. */
import { bfloat16ToFloat32, halvesToFloat32 } from './halfFloat.ts';

interface Elements<A> {
  /** Bytes of one element. */
  readonly size: number;
  /** Little-endian bytes, a multiple of `size`, as an array: a view where it can be one, else a copy. */
  read(bytes: Uint8Array): A;
}

function plain<A>(arrayClass: {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, start: number, length: number): A;
}): Elements<A> {
  const size = arrayClass.BYTES_PER_ELEMENT;
  return {
    size,
    read(bytes) {
      // Uint8Array's own slice copies; Buffer's would share the memory.
      const aligned = bytes.byteOffset % size === 0 ? bytes : Uint8Array.prototype.slice.call(bytes);
      return new arrayClass(aligned.buffer, aligned.byteOffset, bytes.length / size);
    },
  };
}

/** `bool` is one byte an element, 0 or 1. The 16-bit floating-point types, which have no array, become f32, exactly. */
export const elements = {
  float32: plain(Float32Array),
  float64: plain(Float64Array),
  int8: plain(Int8Array),
  int16: plain(Int16Array),
  int32: plain(Int32Array),
  int64: plain(BigInt64Array),
  uint8: plain(Uint8Array),
  uint16: plain(Uint16Array),
  uint32: plain(Uint32Array),
  uint64: plain(BigUint64Array),
  bool: plain(Uint8Array),
  float16: { size: 2, read: halvesToFloat32 },
  bfloat16: { size: 2, read: bfloat16ToFloat32 },
} as const;

export type ElementType = keyof typeof elements;

/** Big-endian bytes with those of each element turned round. */
export function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += size) {
    for (let index = 0; index < size; index++) result[start + index] = bytes[start + size - 1 - index];
  }
  return result;
}
