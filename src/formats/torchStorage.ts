/** @file The storages of PyTorch files: element types, and tensors as strided windows on them. */
import { elements } from './elements.ts';
import { elementCount, stridedOffsets, type Dtype, type ElementArray } from './ndArray.ts';
import { UserError } from './userError.ts';

/** How the elements of a storage lie in the file and become an array. */
export interface StorageType {
  readonly bytesPerElement: number;
  readonly dtype: Dtype;
  readonly read: (bytes: Uint8Array) => ElementArray;
}

const plain = (dtype: Dtype, stored: Dtype | 'float16' | 'bfloat16' = dtype): StorageType => ({
  bytesPerElement: elements[stored].size,
  dtype,
  read: elements[stored].read,
});
const widened = (stored: 'int8' | 'int16'): StorageType => ({
  bytesPerElement: elements[stored].size,
  dtype: 'int32',
  read: (bytes) => Int32Array.from(elements[stored].read(bytes)),
});

/** PyTorch's storage classes. Element types without an {@link NdArray} are widened, which loses nothing. */
export const storageTypes: Readonly<Record<string, StorageType>> = {
  FloatStorage: plain('float32'),
  DoubleStorage: plain('float64'),
  IntStorage: plain('int32'),
  LongStorage: plain('int64'),
  ByteStorage: plain('uint8'),
  BoolStorage: plain('bool'),
  HalfStorage: plain('float32', 'float16'),
  BFloat16Storage: plain('float32', 'bfloat16'),
  CharStorage: widened('int8'),
  ShortStorage: widened('int16'),
};

/** Dimensions of a tensor, at most: PyTorch's limit. */
const maxRank = 64;

/** Elements that the tensors of one file may need beyond its storages: expanded ones (stride 0), transposed ones. */
export interface CopyBudget {
  left: number;
}

/** @param elements in all storages of the file */
export const copyBudget = (elements: number): CopyBudget => ({ left: 2 ** 24 + 4 * elements });

function fail(message: string): never {
  throw new UserError(`Not a readable PyTorch file: ${message}`);
}

/**
 * The elements at `offset + Σ index·stride`, row-major: a view where they lie so already, else a copy.
 * @param budget of the whole file
 * @throws UserError where the tensor reaches beyond its storage, or the file's tensors need too much.
 */
export function stridedElements(
  stored: ElementArray,
  offset: number,
  shape: readonly number[],
  stride: readonly number[],
  budget: CopyBudget,
): ElementArray {
  if (shape.length > maxRank) fail(`a tensor has ${shape.length} dimensions; at most ${maxRank} are read.`);
  const count = shape.includes(0) ? 0 : elementCount(shape);
  let last = offset;
  let dense = true;
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    last += (shape[axis] - 1) * stride[axis];
    dense &&= shape[axis] === 1 || stride[axis] === expected;
    expected *= shape[axis];
  }
  if (count === 0) return stored.slice(0, 0);
  if (last >= stored.length) fail(`a tensor of shape [${shape.join(', ')}] reaches beyond its storage.`);
  if (dense) return stored.subarray(offset, offset + count);
  budget.left -= count;
  if (budget.left < 0) fail(`a tensor of shape [${shape.join(', ')}] is too large.`);
  const arrayClass = stored.constructor as new (length: number) => ElementArray;
  const target = new arrayClass(count);
  stridedOffsets(shape, stride, offset).forEach((from, to) => (target[to] = stored[from]));
  return target;
}
