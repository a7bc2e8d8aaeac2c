/** @file The pickles inside PyTorch files: tensors over storages. Nothing of a pickle is ever executed. */
import type { ElementArray, NdArray } from './ndArray.ts';
import { isPrimitive, PickleCallable, PickleObject, readPickle } from './pickle.ts';
import type { PickleReader } from './pickleReader.ts';
import { copyBudget, storageTypes, stridedElements, type StorageType } from './torchStorage.ts';
import { UserError } from './userError.ts';

/** A storage named by the pickle; its bytes lie elsewhere in the file. */
export interface Storage {
  readonly key: string;
  readonly type: StorageType;
  /** Number of elements. */
  readonly count: number;
}

/** A window on a storage, as old files share them. */
interface StorageView {
  readonly storage: Storage;
  readonly offset: number;
  readonly count: number;
}

interface TensorRecord {
  readonly view: StorageView;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  data: ElementArray;
}

/** One unpickled object graph, its tensors still empty. */
export interface TorchPickle {
  /** Dicts are `Map`s, lists and tuples arrays, tensors {@link NdArray}s, all else {@link PickleObject}s. */
  readonly value: unknown;
  readonly storages: ReadonlyMap<string, Storage>;
  /**
   * Gives the tensors their elements.
   * @param bytesOfStorage exactly `count` elements of the storage, little-endian.
   */
  readonly fill: (bytesOfStorage: (storage: Storage) => Uint8Array) => void;
}

function fail(message: string): never {
  throw new UserError(`Not a readable PyTorch file: ${message}`);
}

function sizeOf(value: unknown, what: string): number {
  const number = typeof value === 'bigint' ? Number(value) : value;
  if (!Number.isSafeInteger(number) || (number as number) < 0) fail(`${what} is not a size.`);
  return number as number;
}

function sizesOf(value: unknown, what: string): readonly number[] {
  if (!Array.isArray(value)) fail(`the ${what} of a tensor is not a list.`);
  return Object.freeze(value.map((size) => sizeOf(size, `an entry of a tensor's ${what}`)));
}

type Call = (args: readonly unknown[]) => unknown;

/**
 * Reads one pickle.
 * @throws UserError where it is damaged or uses what has no meaning here.
 */
export function readTorchPickle(reader: PickleReader): TorchPickle {
  const storages = new Map<string, Storage>();
  const records: TensorRecord[] = [];
  const typeOfClass = new Map<unknown, StorageType>();

  const rebuildTensor: Call = ([view, offset, size, stride]) => {
    if (!storageViews.has(view as StorageView)) fail('a tensor has no storage.');
    const record: TensorRecord = {
      view: view as StorageView,
      offset: sizeOf(offset, "a tensor's offset"),
      shape: sizesOf(size, 'size'),
      stride: sizesOf(stride, 'stride'),
      data: new Uint8Array(0),
    };
    if (record.shape.length !== record.stride.length)
      fail('a tensor has sizes and strides of different number.');
    records.push(record);
    // Frozen: later instructions of the pickle must not alter it.
    return Object.freeze({
      dtype: record.view.storage.type.dtype,
      shape: record.shape,
      get data() {
        return record.data;
      },
    });
  };
  const storageViews = new Set<StorageView>();
  const known: Readonly<Record<string, Call>> = {
    'collections.OrderedDict': ([pairs]) => orderedDict(pairs),
    'torch.Size': ([items]) => items,
    'torch._utils._rebuild_tensor': rebuildTensor,
    'torch._utils._rebuild_tensor_v2': rebuildTensor,
    'torch._utils._rebuild_parameter': ([tensor]) => tensor,
    'torch._utils._rebuild_parameter_with_state': ([tensor]) => tensor,
  };
  const resolve = (module: string, name: string): PickleCallable => {
    const path = `${module}.${name}`;
    const callable = new PickleCallable(
      Object.hasOwn(known, path) ? known[path] : (args) => new PickleObject(path, args),
    );
    if (module.startsWith('torch') && Object.hasOwn(storageTypes, name))
      typeOfClass.set(callable, storageTypes[name]);
    return callable;
  };
  const resolveStorage = (id: unknown): StorageView => {
    if (!Array.isArray(id) || id[0] !== 'storage') fail('a persistent id is not that of a storage.');
    const [, storageClass, rawKey, , rawCount, window] = id as unknown[];
    const type = typeOfClass.get(storageClass);
    if (type === undefined) fail('a storage has an element type that is not read.');
    if (!isPrimitive(rawKey)) fail('the name of a storage is neither a text nor a number.');
    const key = String(rawKey);
    const count = sizeOf(rawCount, `the length of storage ${key}`);
    const storage = storages.get(key) ?? { key, type, count };
    if (storage.type !== type || storage.count !== count)
      fail(`storage ${key} is named with two types or lengths.`);
    storages.set(key, storage);
    const view: StorageView = Array.isArray(window)
      ? { storage, offset: sizeOf(window[1], 'a view'), count: sizeOf(window[2], 'a view') }
      : { storage, offset: 0, count };
    if (view.offset + view.count > count) fail(`a view reaches beyond storage ${key}.`);
    storageViews.add(view);
    return view;
  };

  let value: unknown;
  try {
    value = readPickle(reader, { resolve, outside: resolveStorage });
  } catch (error) {
    if (error instanceof UserError) throw error;
    fail(`its pickle is damaged or cut off at byte ${reader.position} (${(error as Error).message}).`);
  }

  const fill: TorchPickle['fill'] = (bytesOfStorage) => {
    const arrays = new Map<Storage, ElementArray>();
    for (const { storage } of storageViews) {
      if (!arrays.has(storage)) arrays.set(storage, storage.type.read(bytesOfStorage(storage)));
    }
    let stored = 0;
    for (const { length } of arrays.values()) stored += length;
    const budget = copyBudget(stored);
    for (const record of records) {
      const { storage, offset, count } = record.view;
      const elements = (arrays.get(storage) as ElementArray).subarray(offset, offset + count);
      record.data = stridedElements(elements, record.offset, record.shape, record.stride, budget);
    }
  };
  return { value, storages, fill };
}

/** Python calls it with nothing, or with a list of pairs. */
function orderedDict(pairs: unknown): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (const pair of Array.isArray(pairs) ? (pairs as unknown[]) : []) {
    if (!Array.isArray(pair) || pair.length !== 2 || !isPrimitive(pair[0]))
      fail('a dict is made of what are no pairs.');
    map.set(pair[0], pair[1]);
  }
  return map;
}

/** True for the tensors of an unpickled value. */
export function isTensor(value: unknown): value is NdArray {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof PickleObject) &&
    'dtype' in value &&
    'shape' in value
  );
}
