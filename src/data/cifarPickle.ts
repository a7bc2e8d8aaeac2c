/** @file Reads batches in Python's form, as CIFAR and downscaled ImageNet have them: pickled NumPy bytes and labels. */
import { PickleCallable, PickleObject, readPickle } from '../formats/pickle.ts';
import { PickleReader } from '../formats/pickleReader.ts';
import { UserError } from '../formats/userError.ts';
import { cifarPixels } from './cifarRecords.ts';
import type { Samples } from './source.ts';

/**
 * Reads a batch.
 * @param labelKey 'labels' (CIFAR-10, ImageNet) or 'fine_labels' (CIFAR-100)
 * @param pixels bytes of an image
 * @param most the largest label
 * @throws UserError where it is damaged or something else.
 */
export function readCifarPickle(
  content: Uint8Array,
  path: string,
  labelKey: string,
  { pixels = cifarPixels, most = 255 }: { pixels?: number; most?: number } = {},
): Samples {
  const batch = unpickle(content, path);
  const labels = batch.get(labelKey);
  // State of a NumPy array: version, shape, type, column-major or not, bytes.
  const data = batch.get('data');
  const state = data instanceof PickleObject ? data.state : undefined;
  const [, shape, , columnMajor, bytes] = Array.isArray(state) ? (state as unknown[]) : [];
  const count = isLabels(labels) ? labels.length : -1;
  const fits =
    Array.isArray(shape) &&
    shape[0] === count &&
    shape[1] === pixels &&
    !columnMajor &&
    (typeof bytes === 'string' || bytes instanceof Uint8Array);
  if (!fits || bytes.length !== count * pixels) {
    throw new UserError(`${path}: wants N rows of ${pixels} bytes in "data" and N numbers in "${labelKey}".`);
  }
  // Python 2 wrote bytes as text, Python 3 as bytes.
  return {
    images: typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes,
    labels: most > 255 ? Int32Array.from(labels as number[]) : Uint8Array.from(labels as number[]),
  };
}

const isLabels = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((label) => Number.isSafeInteger(label) && (label as number) >= 0);

function unpickle(content: Uint8Array, path: string): ReadonlyMap<unknown, unknown> {
  const resolve = (module: string, name: string): PickleCallable =>
    new PickleCallable((args) => new PickleObject(`${module}.${name}`, args));
  let value: unknown;
  try {
    value = readPickle(new PickleReader(content), { resolve, bytesAsText: true });
  } catch (error) {
    throw new UserError(
      `${path}: the pickle is truncated or damaged (${(error as Error).message}). Fetch it again.`,
    );
  }
  return value instanceof Map ? value : new Map();
}
