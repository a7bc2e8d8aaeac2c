/** @file The plain n-dimensional array that every reader returns and every writer takes. */
import type { ElementType } from './elements.ts';

/** Element type of an {@link NdArray}: NumPy's word. */
export type Dtype = Extract<ElementType, 'float32' | 'float64' | 'int32' | 'int64' | 'uint8' | 'bool'>;

/** The typed array that holds the elements: `int64` in a `BigInt64Array`, `bool` in a `Uint8Array`. */
export type ElementArray = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/** A dense array in row-major (C) order; `data.length` is the product of `shape` (1 for a scalar). */
export interface NdArray {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly data: ElementArray;
}

/** Product of the dimensions; 1 for a scalar (`[]`). */
export function elementCount(shape: readonly number[]): number {
  let count = 1;
  for (const size of shape) count *= size;
  return count;
}

/** `start + Σ index·stride` of every element of the shape, in row-major order. */
export function stridedOffsets(shape: readonly number[], strides: readonly number[], start = 0): Uint32Array {
  const offsets = new Uint32Array(elementCount(shape));
  const last = shape.length - 1;
  const [run, step] = last < 0 ? [1, 0] : [shape[last], strides[last]];
  const index = shape.map(() => 0);
  let offset = start;
  for (let position = 0; position < offsets.length; position += run) {
    for (let k = 0; k < run; k++) offsets[position + k] = offset + k * step;
    for (let axis = last - 1; axis >= 0; axis--) {
      offset += strides[axis];
      if (++index[axis] < shape[axis]) break;
      offset -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return offsets;
}

/** A number for each of the offsets; `Float64Array.from` takes many times longer. */
export function numbersAt(
  offsets: Uint32Array,
  f: (offset: number, position: number) => number,
): Float64Array {
  const numbers = new Float64Array(offsets.length);
  for (let i = 0; i < offsets.length; i++) numbers[i] = f(offsets[i], i);
  return numbers;
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
