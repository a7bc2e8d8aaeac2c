/** @file Tests on the real MNIST files, and on damaged copies. */
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findDataset, loadDataset } from './datasets.ts';
import { imageCount, splitTrainValidation } from './dataset.ts';
import { dataDirectoryOf, loadFrom, locate } from './load.ts';
import { mnist } from './mnist.ts';
import { createRng } from './rng.ts';

let dataDirectory: string;
beforeAll(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'mnist-'));
  mkdirSync(join(dataDirectory, 'MNIST', 'raw'), { recursive: true });
});
afterAll(() => rmSync(dataDirectory, { recursive: true }));

describe('MNIST', () => {
  it('has the published images, labels and statistics', () => {
    const { train, test, files } = loadDataset('MNIST', { dataDirectory });
    expect([imageCount(train), imageCount(test), train.shape, train.classes]).toEqual([
      60000,
      10000,
      [1, 28, 28],
      10,
    ]);
    expect([...train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect([...test.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4]);
    let [sum, squares] = [0, 0];
    for (const byte of train.images) {
      sum += byte;
      squares += byte * byte;
    }
    const mean = sum / train.images.length / 255;
    const std = Math.sqrt(squares / train.images.length / 255 ** 2 - mean ** 2);
    expect(mean).toBeCloseTo(train.mean[0], 4);
    expect(std).toBeCloseTo(train.std[0], 4);
    expect(Object.keys(files)).toHaveLength(4);
    expect(files['t10k-labels-idx1-ubyte']).toBe(
      'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    );
  });

  it('splits off validation images by seed', () => {
    const { train } = loadDataset('mnist', { dataDirectory });
    const splits = splitTrainValidation(train, 5000, createRng(0));
    expect([splits.train, splits.validation].map(imageCount)).toEqual([55000, 5000]);
    const perClass = (labels: Iterable<number>) =>
      Array.from({ length: 10 }, (_, k) => [...labels].filter((label) => label === k).length);
    expect(perClass([...splits.train.labels, ...splits.validation.labels])).toEqual(perClass(train.labels));
  });
});

describe('damaged MNIST files', () => {
  const name = 't10k-labels-idx1-ubyte';
  const original = () => locate(mnist, '/nowhere').paths[3]!;
  const placed = () => join(dataDirectory, 'MNIST', 'raw', name);

  it('are refused with path, fault and remedy, and never silently passed over', () => {
    copyFileSync(original(), placed());
    truncateSync(placed(), 5000);
    expect(() => loadDataset('mnist', { dataDirectory })).toThrow(
      /MNIST\/raw\/t10k-labels-idx1-ubyte: truncated: .* has 10008 bytes, this file 5000\. Delete the file and fetch it again/,
    );
    const bytes = readFileSync(original());
    bytes[100] ^= 1;
    writeFileSync(placed(), bytes);
    expect(() => loadDataset('mnist', { dataDirectory })).toThrow(
      /checksum mismatch.*certprune data get mnist/,
    );
    rmSync(placed());
  });

  it('are accepted compressed', () => {
    writeFileSync(`${placed()}.gz`, gzipSync(readFileSync(original())));
    expect(locate(mnist, dataDirectory).paths[3]).toBe(`${placed()}.gz`);
    expect(imageCount(loadDataset('mnist', { dataDirectory }).test)).toBe(10000);
    rmSync(`${placed()}.gz`);
  });

  it('are named where they are missing', () => {
    const nowhere = {
      ...mnist,
      layouts: mnist.layouts.map((layout) => ({ ...layout, folders: () => ['/nowhere'] })),
    };
    expect(() => loadFrom(nowhere, { dataDirectory })).toThrow(
      /MNIST is not on this machine: train-images-idx3-ubyte, .* not found in \/nowhere\. Run "certprune data get mnist"/,
    );
  });
});

describe('findDataset', () => {
  it('does not mind case and separators, and lists the names otherwise', () => {
    expect(findDataset('fashion_mnist').name).toBe('fashionMnist');
    expect(() => findDataset('minst')).toThrow(
      /no data set 'minst'.*mnist, fashionMnist.*did you mean "mnist"/,
    );
  });
});

describe('dataDirectoryOf', () => {
  it('is the option, else the variable, else the cache', () => {
    expect(dataDirectoryOf({ dataDirectory: '/a' })).toBe('/a');
    expect(dataDirectoryOf({})).toBe(
      process.env['CERTPRUNE_DATA'] ?? join(process.env['HOME']!, '.cache', 'certprune'),
    );
  });
});
