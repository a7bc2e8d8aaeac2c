/** @file The plain n-dimensional array that every reader returns and every writer takes. */

/** Element type of an {@link NdArray}: NumPy's word. `bool` is one byte an element, 0 or 1. */
export type Dtype = 'float32' | 'float64' | 'int32' | 'int64' | 'uint8' | 'bool';

/** The typed array that holds the elements: `int64` in a `BigInt64Array`, `bool` in a `Uint8Array`. */
export type ElementArray = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** A dense array in row-major (C) order; `data.length` is the product of `shape` (1 for a scalar). */
export interface NdArray {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: ElementArray;
}

/** Bytes of one element. */
export const bytesPerElement: Readonly<Record<Dtype, number>> = {
  float32: 4,
  float64: 8,
  int32: 4,
  int64: 8,
  uint8: 1,
  bool: 1,
};

/** Product of the dimensions; 1 for a scalar (`[]`). */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/**
 * Little-endian bytes as a typed array: a view where the alignment allows it, else a copy.
 * `bytes.length` must be a multiple of the element size.
 */
export function elementsOf(dtype: Dtype, bytes: Uint8Array): ElementArray {
  const size = bytesPerElement[dtype];
  // Uint8Array's own slice copies; Buffer's would share the memory.
  const aligned = bytes.byteOffset % size === 0 ? bytes : Uint8Array.prototype.slice.call(bytes);
  const length = bytes.length / size;
  const { buffer, byteOffset } = aligned;
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, byteOffset, length);
    case 'float64':
      return new Float64Array(buffer, byteOffset, length);
    case 'int32':
      return new Int32Array(buffer, byteOffset, length);
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, length);
    default:
      return new Uint8Array(buffer, byteOffset, length);
  }
}

/** The bytes of a typed array, without a copy. */
export function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The elements as f64 numbers; an `int64` beyond ±2^53 is rounded. */
export function toFloat64(data: ElementArray): Float64Array {
  if (data instanceof Float64Array) return data;
  if (data instanceof BigInt64Array) return Float64Array.from(data, Number);
  return new Float64Array(data);
}
