/** @file HostTensor: a value in memory, as programs are fed and as they answer. */
import { sizeOf, type Shape } from '../tensor/shape.ts';
import type { DType, TensorSpec } from '../tensor/tensor.ts';

/** Elements by type: float32 in Float32Array, int32 in Int32Array, bool in Uint8Array (0 or 1). */
export type HostData = Float32Array | Int32Array | Uint8Array;

/** A dense array, row-major. */
export interface HostTensor extends TensorSpec {
  readonly data: HostData;
}

/** What may stand for a tensor in feeds: a value with its shape, its bare elements, or a number for a scalar. */
export type Feed = HostTensor | HostData | number;

export function isHostTensor(value: unknown): value is HostTensor {
  return typeof value === 'object' && value !== null && 'data' in value && ArrayBuffer.isView(value.data);
}

/** For trees whose leaves are feeds. */
export function isFeed(value: unknown): value is Feed {
  return typeof value === 'number' || ArrayBuffer.isView(value) || isHostTensor(value);
}

const arrays = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** The element type a typed array stands for. */
export function dtypeOfData(data: HostData): DType {
  if (data instanceof Float32Array) return 'float32';
  return data instanceof Int32Array ? 'int32' : 'bool';
}

/** A value of zeros with memory of its own. */
export function allocate(spec: TensorSpec): HostTensor {
  return { shape: spec.shape, dtype: spec.dtype, data: new arrays[spec.dtype](sizeOf(spec.shape)) };
}

/** Wraps elements without copying; the type follows from the array's class. Without a shape: one axis. */
export function hostTensor(data: HostData, shape: Shape = [data.length]): HostTensor {
  if (data.length !== sizeOf(shape))
    throw new RangeError(`${data.length} elements do not fill the shape [${shape.join(',')}]`);
  return { shape, dtype: dtypeOfData(data), data };
}

/** Numbers as a value of the type. */
export function hostTensorOf(values: ArrayLike<number>, spec: TensorSpec): HostTensor {
  const tensor = allocate(spec);
  tensor.data.set(values);
  return tensor;
}
