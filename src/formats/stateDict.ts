/** @file From whatever a PyTorch file holds to the named tensors of one network. */
import type { NdArray } from './ndArray.ts';
import { PickleObject, isPrimitive } from './pickle.ts';
import { isTensor } from './torchPickle.ts';
import { UserError } from './userError.ts';

/** Keys under which training scripts keep the state dict. */
const wrappers = ['state_dict', 'model_state_dict', 'model', 'net', 'network', 'weights', 'module'];

/** Wrappers inside each other, at most. */
const maxDepth = 8;

/** What to do with a file that holds a program instead of weights. @param load the Python expression that reads it */
export const stateDictCure = (load: string): string =>
  'Code of a file is never run here. If you trust the file, save its weights in Python, where its class can be imported:\n' +
  `  import torch\n  model = ${load}\n  torch.save(model.state_dict(), "weights.pth")`;

function unwrapped(value: unknown): Map<unknown, unknown> {
  let inner = value;
  for (let depth = 0; depth < maxDepth; depth++) {
    if (Array.isArray(inner) && inner.length === 1) inner = inner[0] as unknown;
    else if (!(inner instanceof Map)) break;
    else {
      const map: Map<unknown, unknown> = inner;
      const wrapper = wrappers.find((key) => typeof map.get(key) === 'object' && !isTensor(map.get(key)));
      if (wrapper === undefined) return map;
      inner = map.get(wrapper);
    }
  }
  if (inner instanceof PickleObject) {
    throw new UserError(
      `The file holds an object of the Python class ${inner.pythonClass}, not its weights. ${stateDictCure('torch.load("FILE", weights_only=False)')}`,
    );
  }
  throw new UserError('The file holds no state dict: no dict of named tensors was found.');
}

/** DataParallel puts `module.` before every name. */
function withoutPrefix(entries: [string, NdArray][]): [string, NdArray][] {
  const prefix = 'module.';
  if (!entries.every(([name]) => name.startsWith(prefix))) return entries;
  return entries.map(([name, tensor]) => [name.slice(prefix.length), tensor]);
}

function product(name: string, original: NdArray, mask: NdArray): NdArray {
  if (original.shape.join() !== mask.shape.join()) {
    throw new UserError(
      `${name}_orig has shape [${original.shape.join(', ')}], but ${name}_mask [${mask.shape.join(', ')}].`,
    );
  }
  const data = original.data.slice();
  if (data instanceof BigInt64Array) throw new UserError(`${name}_orig is of integers and cannot be masked.`);
  for (let index = 0; index < data.length; index++) data[index] *= Number(mask.data[index]);
  return { dtype: original.dtype, shape: original.shape, data };
}

/** Named tensors, and of those that a mask was stored with, where it is 0. */
export interface MaskedTensors {
  readonly tensors: Map<string, NdArray>;
  /** By name of the masked tensor; 0 or 1 an element. */
  readonly masks: Map<string, Uint8Array>;
}

/** torch.nn.utils.prune keeps `weight_orig` and `weight_mask` in place of `weight`. */
function withMasksApplied(tensors: ReadonlyMap<string, NdArray>): MaskedTensors {
  const result = new Map<string, NdArray>();
  const masks = new Map<string, Uint8Array>();
  for (const [name, tensor] of tensors) {
    const base = name.replace(/_(orig|mask)$/, '');
    const original = tensors.get(`${base}_orig`);
    const mask = tensors.get(`${base}_mask`);
    if (base === name || original === undefined || mask === undefined) result.set(name, tensor);
    else if (tensors.has(base))
      throw new UserError(
        `The file holds ${base} beside ${base}_orig and ${base}_mask: which is meant is not told.`,
      );
    else if (name.endsWith('_orig')) {
      result.set(base, product(base, original, mask));
      masks.set(
        base,
        Uint8Array.from({ length: mask.data.length }, (_, i) => (Number(mask.data[i]) === 0 ? 0 : 1)),
      );
    }
  }
  return { tensors: result, masks };
}

/**
 * The named tensors in a value of a PyTorch file: taken out of `{'state_dict': …}` and lists of one, without the
 * prefix `module.`, and each pair `w_orig`, `w_mask` as its product `w`. Entries that are no tensors are dropped.
 * @throws UserError where no tensors are found, or a whole Python object was saved in their place.
 */
export const stateDictOf = (value: unknown): Map<string, NdArray> => maskedStateDictOf(value).tensors;

/** As `stateDictOf`, with the masks. */
export function maskedStateDictOf(value: unknown): MaskedTensors {
  const entries: [string, NdArray][] = [];
  for (const [key, entry] of unwrapped(value)) {
    if (!isPrimitive(key)) {
      if (isTensor(entry))
        throw new UserError('A tensor of the file has no name: its key is neither a text nor a number.');
      continue;
    }
    const name = String(key);
    if (isTensor(entry)) entries.push([name, { dtype: entry.dtype, shape: entry.shape, data: entry.data }]);
    else if (entry instanceof PickleObject) {
      throw new UserError(
        `The entry '${name}' is of the Python class ${entry.pythonClass}, which is not read.`,
      );
    }
  }
  if (entries.length === 0) throw new UserError('The file holds a dict, but no tensors in it.');
  return withMasksApplied(new Map(withoutPrefix(entries)));
}
