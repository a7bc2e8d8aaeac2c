/** @file State dicts as torch.save writes them, loadable with `weights_only=True`. */
import { zipSync, type Zippable } from 'fflate';
import { writeFileAtomic } from './atomicWrite.ts';
import { bytesOf } from './ndArray.ts';

/** A tensor of single precision. */
export interface FloatTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Instructions of pickle protocol 2. */
const bytes = (...parts: (string | number | Uint8Array)[]): Buffer =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'number' ? Buffer.of(part) : typeof part === 'string' ? Buffer.from(part) : part,
    ),
  );
const uint32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
};
const text = (value: string): Buffer => bytes('X', uint32(Buffer.byteLength(value)), value);
const int = (value: number): Buffer => bytes('J', uint32(value));
const global = (module: string, name: string): Buffer => bytes('c', module, '\n', name, '\n');
const tuple = (...items: Buffer[]): Buffer => bytes('(', ...items, 't');
const orderedDict = bytes(global('collections', 'OrderedDict'), ')R');

/** A view of a whole storage of its own. */
function tensor({ shape, data }: FloatTensor, key: string): Buffer {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
  const storage = tuple(
    text('storage'),
    global('torch', 'FloatStorage'),
    text(key),
    text('cpu'),
    int(data.length),
  );
  return bytes(
    global('torch._utils', '_rebuild_tensor_v2'),
    tuple(
      bytes(storage, 'Q'),
      int(0),
      tuple(...shape.map(int)),
      tuple(...strides.map(int)),
      // No gradient, no hooks.
      bytes(0x89),
      orderedDict,
    ),
    'R',
  );
}

/** The name of the record that torch.load passes over. */
export const noteName = 'certprune.json';

/**
 * The bytes of a .pth file: an OrderedDict of tensors in the order given. Equal tensors give equal bytes.
 * @param note text beside the weights, see {@link noteName}
 */
export function encodeTorch(tensors: ReadonlyMap<string, FloatTensor>, note?: string): Uint8Array {
  const root = 'archive';
  const entries = [...tensors].map(([name, value], i) => bytes(text(name), tensor(value, String(i))));
  const pickle = bytes(0x80, 2, orderedDict, '(', ...entries, 'u.');
  const files: Zippable = {
    [`${root}/data.pkl`]: pickle,
    [`${root}/byteorder`]: Buffer.from('little'),
    ...(note !== undefined && { [`${root}/${noteName}`]: Buffer.from(note) }),
  };
  for (const [i, { data }] of [...tensors.values()].entries()) files[`${root}/data/${i}`] = bytesOf(data);
  files[`${root}/version`] = Buffer.from('3\n');
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) });
}

/** Writes a .pth file through a temporary name. @throws UserError where the path cannot be written */
export const writeTorch = (path: string, tensors: ReadonlyMap<string, FloatTensor>, note?: string): void =>
  writeFileAtomic(path, encodeTorch(tensors, note));
