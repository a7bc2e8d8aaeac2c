/** @file Test helper: files as torch.save writes them, from pickle instructions or from a state dict. */
import { zipSync } from 'fflate';
import { bytesOf } from './ndArray.ts';

// The instructions of pickle protocol 2 that torch.save uses.

export const code = (...parts: (string | number | Buffer)[]): Buffer =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'number' ? Buffer.of(part) : typeof part === 'string' ? Buffer.from(part) : part,
    ),
  );
export const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
export const text = (value: string) => code('X', uint32(value.length), value);
export const int = (value: number) => code('J', uint32(value));
export const global = (module: string, name: string) => code('c', module, '\n', name, '\n');
export const tuple = (...items: Buffer[]) => code('(', ...items, 't');
export const list = (...items: Buffer[]) => code(']', '(', ...items, 'e');
export const dict = (...items: Buffer[]) => code('}', '(', ...items, 'u');
export const call = (callable: Buffer, ...args: Buffer[]) => code(callable, tuple(...args), 'R');
export const pickle = (body: Buffer) => code(0x80, 2, body, '.');
export const sizes = (values: number[]) => tuple(...values.map(int));
export const storage = (type: string, key: string, count: number, view = code('N')) =>
  code(tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(count), view), 'Q');
export const tensor = (store: Buffer, offset: number, shape: number[], stride: number[]) =>
  call(
    global('torch._utils', '_rebuild_tensor_v2'),
    store,
    int(offset),
    sizes(shape),
    sizes(stride),
    code(0x89),
    call(global('collections', 'OrderedDict')),
  );

/** A file in the zip format. */
export function zipped(
  body: Buffer,
  storages: Record<string, Uint8Array>,
  extra: Record<string, Uint8Array> = {},
) {
  const files: Record<string, Uint8Array> = { 'm/data.pkl': pickle(body), ...extra };
  for (const [key, bytes] of Object.entries(storages)) files[`m/data/${key}`] = bytes;
  return zipSync(files, { level: 0 });
}

export const magic = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');

/** A file in the older format. */
export function legacy(body: Buffer, storages: Record<string, [count: number, bytes: Uint8Array]>) {
  const contents = Object.values(storages).map(([count, bytes]) =>
    code(uint32(count), uint32(0), Buffer.from(bytes)),
  );
  return code(
    magic,
    pickle(int(1001)),
    pickle(dict(text('little_endian'), code(0x88))),
    pickle(body),
    pickle(list(...Object.keys(storages).map(text))),
    ...contents,
  );
}

/** A tensor of floats. */
export interface Floats {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A state dict in the zip format, under the key `state_dict` beside the number of a state, as the study saves it. */
export function studyCheckpoint(tensors: ReadonlyMap<string, Floats>): Uint8Array {
  const storages: Record<string, Uint8Array> = {};
  const entries = [...tensors].flatMap(([name, { shape, data }], i) => {
    storages[i] = bytesOf(data);
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
    return [text(name), tensor(storage('FloatStorage', String(i), data.length), 0, [...shape], strides)];
  });
  return zipped(dict(text('state'), int(0), text('state_dict'), dict(...entries)), storages);
}
