/** @file The storages of PyTorch files: element types, and tensors as strided windows on them. */
import { bfloat16ToFloat32, halvesToFloat32 } from './halfFloat.ts';
import { elementCount, elementsOf, type Dtype, type ElementArray } from './ndArray.ts';
import { UserError } from './userError.ts';

/** How the elements of a storage lie in the file and become an array. */
export interface StorageType {
  readonly bytesPerElement: number;
  readonly dtype: Dtype;
  readonly read: (bytes: Uint8Array) => ElementArray;
}

function plainStorage(dtype: Dtype, size: number): StorageType {
  return { bytesPerElement: size, dtype, read: (bytes) => elementsOf(dtype, bytes) };
}

/** PyTorch's storage classes. Element types without an {@link NdArray} are widened, which loses nothing. */
export const storageTypes: Readonly<Record<string, StorageType>> = {
  FloatStorage: plainStorage('float32', 4),
  DoubleStorage: plainStorage('float64', 8),
  IntStorage: plainStorage('int32', 4),
  LongStorage: plainStorage('int64', 8),
  ByteStorage: plainStorage('uint8', 1),
  BoolStorage: plainStorage('bool', 1),
  HalfStorage: { bytesPerElement: 2, dtype: 'float32', read: halvesToFloat32 },
  BFloat16Storage: { bytesPerElement: 2, dtype: 'float32', read: bfloat16ToFloat32 },
  CharStorage: { bytesPerElement: 1, dtype: 'int32', read: (bytes) => Int32Array.from(new Int8Array(bytes)) },
  ShortStorage: {
    bytesPerElement: 2,
    dtype: 'int32',
    read: (bytes) => Int32Array.from(new Int16Array(Uint8Array.from(bytes).buffer)),
  },
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
  elements: ElementArray,
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
  if (count === 0) return elements.slice(0, 0);
  if (last >= elements.length) fail(`a tensor of shape [${shape.join(', ')}] reaches beyond its storage.`);
  if (dense) return elements.subarray(offset, offset + count);
  budget.left -= count;
  if (budget.left < 0) fail(`a tensor of shape [${shape.join(', ')}] is too large.`);
  const arrayClass = elements.constructor as new (length: number) => ElementArray;
  const target = new arrayClass(count);
  const index = shape.map(() => 0);
  let source = offset;
  for (let position = 0; position < count; position++) {
    target[position] = elements[source];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += stride[axis];
      if (++index[axis] < shape[axis]) break;
      source -= shape[axis] * stride[axis];
      index[axis] = 0;
    }
  }
  return target;
}
