/** @file Typed arrays ↔ ONNX tensors. */
import { bfloat16ToFloat32, halfToNumber } from '../halfFloat.ts';
import { bytesOf, elementsOf } from '../ndArray.ts';
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

function numberAt(dtype: OnnxDtype, view: DataView, index: number): number {
  switch (dtype) {
    case 'float32':
      return view.getFloat32(index * 4, true);
    case 'float64':
      return view.getFloat64(index * 8, true);
    case 'float16':
      return halfToNumber(view.getUint16(index * 2, true));
    case 'int8':
      return view.getInt8(index);
    case 'int16':
      return view.getInt16(index * 2, true);
    case 'uint16':
      return view.getUint16(index * 2, true);
    case 'int32':
      return view.getInt32(index * 4, true);
    case 'uint32':
      return view.getUint32(index * 4, true);
    case 'int64':
      return Number(view.getBigInt64(index * 8, true));
    case 'uint64':
      return Number(view.getBigUint64(index * 8, true));
    default:
      return view.getUint8(index);
  }
}

/** The elements as f64 numbers, row-major; int64 beyond ±2^53 is rounded. */
export function tensorNumbers(tensor: OnnxTensor): Float64Array {
  const { rawData, dtype } = tensor;
  if (dtype === 'bfloat16') return Float64Array.from(bfloat16ToFloat32(rawData));
  const view = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  const count = tensor.dims.reduce((product, size) => product * size, 1);
  return Float64Array.from({ length: count }, (_, index) => numberAt(dtype, view, index));
}

/**
 * The elements of a floating-point tensor as f32, row-major; f64 is rounded.
 * @throws UserError where the elements are not floating-point.
 */
export function tensorFloat32(tensor: OnnxTensor): Float32Array {
  const { rawData, dtype } = tensor;
  if (dtype === 'float32') {
    return elementsOf('float32', rawData) as Float32Array;
  }
  if (dtype === 'float64' || dtype === 'float16') return Float32Array.from(tensorNumbers(tensor));
  throw new UserError(
    `Tensor '${tensor.name}' holds ${dtype} elements where floating-point weights are expected.`,
  );
}
