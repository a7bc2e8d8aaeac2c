/** @file Files of torch.save: .pth, .pt, .model; the zip format and the older stream of pickles. */
import { namingFile, readBytes } from './readFile.ts';
import { isPrimitive } from './pickle.ts';
import { PickleReader } from './pickleReader.ts';
import { stateDictCure } from './stateDict.ts';
import { readTorchPickle } from './torchPickle.ts';
import { UserError } from './userError.ts';
import { noteName } from './torchWrite.ts';
import { isZip, openZip } from './zipArchive.ts';

/** A pickle of the number 0x1950a86a20f9469cfc6c, behind two bytes that give the pickle protocol. */
const legacyMagic = Buffer.from('8a0a6cfc9c46f9206aa850192e', 'hex');

function fail(message: string): never {
  throw new UserError(`Not a readable PyTorch file: ${message}`);
}

function decodeZip(bytes: Uint8Array): unknown {
  const files = openZip(bytes);
  const pickleName = files.names.find((name) => name === 'data.pkl' || name.endsWith('/data.pkl'));
  if (pickleName === undefined) fail('the archive holds no data.pkl.');
  const root = pickleName.slice(0, -'data.pkl'.length);
  if (files.names.includes(`${root}constants.pkl`)) {
    fail(`it is a TorchScript program. ${stateDictCure('torch.jit.load("FILE")')}`);
  }
  const byteOrder = files.read(`${root}byteorder`);
  if (byteOrder !== undefined && Buffer.from(byteOrder).toString().trim() !== 'little') {
    fail('it was written on a big-endian machine.');
  }
  const { value, fill } = readTorchPickle(new PickleReader(files.read(pickleName) as Uint8Array));
  fill(({ key, type, count }) => {
    const content = files.read(`${root}data/${key}`);
    if (content === undefined) fail(`the archive lacks the storage data/${key}.`);
    const wanted = count * type.bytesPerElement;
    if (content.length < wanted) fail(`storage data/${key} has ${content.length} of ${wanted} bytes.`);
    return content.subarray(0, wanted);
  });
  return value;
}

/** Magic, protocol and machine, the object, the storages' keys, each a pickle; then each storage with its length. */
function decodeLegacy(bytes: Uint8Array): unknown {
  const reader = new PickleReader(bytes.subarray(2 + legacyMagic.length));
  const skipped: unknown[] = [readTorchPickle(reader).value, readTorchPickle(reader).value];
  if (skipped[0] !== 1001) fail('its protocol is not 1001, the only one known.');
  const { value, storages, fill } = readTorchPickle(reader);
  const keys = readTorchPickle(reader).value;
  if (!Array.isArray(keys) || !keys.every(isPrimitive)) fail('the list of storages is missing.');
  const contents = new Map<string, Uint8Array>();
  for (const key of keys.map(String)) {
    const storage = storages.get(key);
    if (storage === undefined) fail(`storage ${key} belongs to no tensor.`);
    if (contents.has(key)) fail(`storage ${key} comes twice.`);
    contents.set(key, readLegacyStorage(reader, key, storage.count, storage.type.bytesPerElement));
  }
  fill(({ key }) => contents.get(key) ?? fail(`storage ${key} is missing.`));
  return value;
}

function readLegacyStorage(
  reader: PickleReader,
  key: string,
  count: number,
  bytesPerElement: number,
): Uint8Array {
  const left = reader.length - reader.position;
  const wanted = count * bytesPerElement;
  if (left < 8 + wanted) fail(`storage ${key} needs ${wanted} bytes, but ${Math.max(0, left - 8)} are left.`);
  const stored = reader.uint64();
  if (stored !== count) fail(`storage ${key} holds ${stored} elements where ${count} are expected.`);
  return reader.bytes(wanted);
}

/**
 * Reads the bytes of a torch.save file. No code of the pickle is run: classes that are not known stay inert data.
 * @returns dicts as `Map`, lists and tuples as arrays, tensors as `NdArray`; see {@link stateDictOf}.
 * @throws UserError naming the fault.
 */
export function decodeTorch(bytes: Uint8Array): unknown {
  if (isZip(bytes)) return decodeZip(bytes);
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 2 + legacyMagic.length));
  if (start[0] === 0x80 && start.subarray(2).equals(legacyMagic)) return decodeLegacy(bytes);
  fail('it begins neither as a zip archive nor as a torch.save file of older versions.');
}

/** What certprune wrote beside the weights of a file in the zip format; undefined where there is nothing. */
export function torchNote(bytes: Uint8Array): string | undefined {
  if (!isZip(bytes)) return undefined;
  const files = openZip(bytes);
  const name = files.names.find((one) => one.endsWith(`/${noteName}`));
  return name === undefined ? undefined : Buffer.from(files.read(name)!).toString();
}

/**
 * Reads a torch.save file.
 * @throws UserError naming the file and its fault.
 */
export function readTorch(path: string): unknown {
  const bytes = readBytes(path, 'PyTorch file');
  return namingFile(path, () => decodeTorch(bytes));
}
