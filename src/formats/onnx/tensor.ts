/** @file Typed arrays ↔ ONNX tensors. */
import { elements } from '../elements.ts';
import { bytesOf } from '../ndArray.ts';
import { UserError } from '../userError.ts';
import type { OnnxDtype, OnnxTensor } from './model.ts';

type NumberArray = Float32Array | Float64Array | Int32Array | Uint8Array | BigInt64Array;

function dtypeOf(data: NumberArray): OnnxDtype {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof BigInt64Array) return 'int64';
  return 'uint8';
}

/**
 * A tensor that shares the memory of `data` (no copy).
 * @param dtype inferred from the array's class; name it for `bool` in a `Uint8Array`.
 */
export function onnxTensor(
  name: string,
  dims: readonly number[],
  data: NumberArray,
  dtype: OnnxDtype = dtypeOf(data),
): OnnxTensor {
  return { name, dtype, dims, rawData: bytesOf(data) };
}

/** An int64 tensor of one dimension (or a scalar where `dims` is []), as shapes and axes are given. */
export function int64Tensor(
  name: string,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): OnnxTensor {
  return onnxTensor(name, dims, BigInt64Array.from(values, BigInt));
}

/** The elements as f64 numbers, row-major; int64 beyond ±2^53 is rounded. */
export const tensorNumbers = ({ rawData, dtype }: OnnxTensor): Float64Array =>
  Float64Array.from<number | bigint>(elements[dtype].read(rawData), Number);

/**
 * The elements of a floating-point tensor as f32, row-major; f64 is rounded.
 * @throws UserError where the elements are not floating-point.
 */
export function tensorFloat32(tensor: OnnxTensor): Float32Array {
  const { rawData, dtype } = tensor;
  if (dtype === 'float32') return elements.float32.read(rawData);
  if (dtype === 'float64' || dtype === 'float16') return Float32Array.from(tensorNumbers(tensor));
  throw new UserError(
    `Tensor '${tensor.name}' holds ${dtype} elements where floating-point weights are expected.`,
  );
}
