/** @file Tests of downscaled ImageNet's readers on small files made here. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeNpz } from '../formats/npz.ts';
import { UserError } from '../formats/userError.ts';
import { checkDataset, getDataset, listDatasets } from './catalogue.ts';
import { loadDataset } from './datasets.ts';
import { readNpzBatch } from './imagenet64.ts';
import { createRng } from './rng.ts';

const pixels = 3 * 64 * 64;
let dataDirectory: string;
beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'imagenet-'));
});
afterEach(() => rmSync(dataDirectory, { recursive: true }));

const bytesOf = (count: number, seed: number): Uint8Array => {
  const rng = createRng(seed);
  return Uint8Array.from({ length: count * pixels }, () => rng.integer(256));
};

function place(name: string, content: Uint8Array): void {
  const path = join(dataDirectory, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

/** As the official npz batches: bytes, labels from 1, and a mean nobody needs here. */
function placeNpz(name: string, images: Uint8Array, labels: readonly number[]): void {
  mkdirSync(join(dataDirectory, 'imagenet64'), { recursive: true });
  writeNpz(join(dataDirectory, 'imagenet64', name), [
    ['data', { dtype: 'uint8', shape: [labels.length, pixels], data: images }],
    ['labels', { dtype: 'int64', shape: [labels.length], data: BigInt64Array.from(labels, BigInt) }],
    ['mean', { dtype: 'float64', shape: [1], data: Float64Array.of(0.5) }],
  ]);
}

/** {'data': array of N x 12288 bytes, 'labels': [...]} in protocol 3, as Python 3 writes it. */
function pickled(images: Uint8Array, labels: readonly number[]): Buffer {
  const int32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return bytes;
  };
  const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
  const text = (word: string): Buffer => Buffer.concat([latin1('X'), int32(word.length), latin1(word)]);
  return Buffer.concat([
    latin1('\x80\x03}('),
    text('data'),
    latin1('cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R(K\x01J'),
    int32(labels.length),
    latin1('M\x00\x30\x86cnumpy\ndtype\n'),
    text('u1'),
    latin1('K\x00K\x01\x87R(K\x03'),
    text('|'),
    latin1('NNNJ'),
    int32(-1),
    latin1('J'),
    int32(-1),
    latin1('K\x00tb\x89B'),
    int32(images.length),
    images,
    latin1('tb'),
    text('labels'),
    latin1(']('),
    ...labels.map((label) => Buffer.concat([latin1('J'), int32(label)])),
    latin1('eu.'),
  ]);
}

/** A PNG of 8-bit RGB without filters; `planes` are red, green, blue one after the other. */
function png(planes: Uint8Array, side = 64): Buffer {
  const rows = Buffer.alloc(side * (1 + 3 * side));
  for (let y = 0; y < side; y++)
    for (let x = 0; x < side; x++)
      for (let c = 0; c < 3; c++)
        rows[y * (1 + 3 * side) + 1 + 3 * x + c] = planes[(c * side + y) * side + x];
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', new Uint8Array()),
  ]);
}

const load = () => loadDataset('imagenet64', { dataDirectory });

describe('the official batches', () => {
  it('npz: as many training batches as lie there, labels from 0', () => {
    const [first, third, val] = [bytesOf(2, 1), bytesOf(3, 2), bytesOf(2, 3)];
    placeNpz('train_data_batch_1.npz', first, [1, 1000]);
    placeNpz('train_data_batch_3.npz', third, [7, 8, 9]);
    placeNpz('val_data.npz', val, [500, 2]);
    const { train, test, files } = load();
    expect([...train.labels]).toEqual([0, 999, 6, 7, 8]);
    expect(Buffer.concat([first, third]).equals(train.images as Uint8Array)).toBe(true);
    expect([...test.labels]).toEqual([499, 1]);
    expect(Buffer.from(val).equals(test.images as Uint8Array)).toBe(true);
    expect(Object.keys(files)).toEqual(['train_data_batch_1.npz', 'train_data_batch_3.npz', 'val_data.npz']);
    expect(train.classes).toBe(1000);
    expect(checkDataset('imagenet64', { dataDirectory })).toMatchObject({ ok: true });
  });

  it('pickles of Python 3', () => {
    const [train, val] = [bytesOf(3, 4), bytesOf(1, 5)];
    place('imagenet64/train_data_batch_2', pickled(train, [300, 1, 1000]));
    place('imagenet64/val_data', pickled(val, [256]));
    const found = load();
    expect([...found.train.labels]).toEqual([299, 0, 999]);
    expect(Buffer.from(train).equals(found.train.images as Uint8Array)).toBe(true);
    expect([...found.test.labels]).toEqual([255]);
  });

  it('are refused where labels, sizes or the format are not theirs', () => {
    placeNpz('train_data_batch_1.npz', bytesOf(1, 1), [0]);
    placeNpz('val_data.npz', bytesOf(1, 2), [1]);
    expect(load).toThrow(/train_data_batch_1\.npz: image 0 has the label 0; labels are 1 to 1000/);
    // The same archive at 32x32 pixels.
    writeNpz(join(dataDirectory, 'imagenet64', 'train_data_batch_1.npz'), [
      ['data', { dtype: 'uint8', shape: [1, 3072], data: new Uint8Array(3072) }],
      ['labels', { dtype: 'int64', shape: [1], data: BigInt64Array.of(1n) }],
    ]);
    expect(load).toThrow(/wants uint8 "data" of N rows of 12288 bytes/);
    expect(() => readNpzBatch(Buffer.from('no zip'), 'x.npz')).toThrow(UserError);
  });
});

describe('class folders of pictures', () => {
  it('are read in the order of their names, train and val alike', () => {
    const images = [1, 2, 3].map((seed) => bytesOf(1, seed));
    place('imagenet64/train/n02/b.png', png(images[1]));
    place('imagenet64/train/n01/z.png', png(images[0]));
    place('imagenet64/val/n02/c.png', png(images[2]));
    const { train, test, files } = load();
    expect([...train.labels]).toEqual([0, 1]);
    expect(Buffer.concat(images.slice(0, 2)).equals(train.images as Uint8Array)).toBe(true);
    expect([...test.labels]).toEqual([1]);
    expect(train.classNames.slice(0, 3)).toEqual(['n01', 'n02', 'class 2']);
    expect(files.train).toMatch(/^[0-9a-f]{64}$/);
    const entry = listDatasets({ dataDirectory }).find(({ name }) => name === 'imagenet64');
    expect(entry).toMatchObject({
      present: true,
      folders: [join(dataDirectory, 'imagenet64')],
      downloadable: false,
    });
    place('imagenet64/val/n03/c.png', png(images[2]));
    expect(load).toThrow(/n03 is not among those of the training images/);
  });

  it('may be symbolic links, and keep their numbers', () => {
    const images = [1, 2, 3].map((seed) => bytesOf(1, seed));
    place('elsewhere/n01/z.png', png(images[0]));
    place('imagenet64/train/n02/b.png', png(images[1]));
    place('imagenet64/val/n02/c.png', png(images[2]));
    const link = (target: string, name: string): void =>
      symlinkSync(join(dataDirectory, target), join(dataDirectory, 'imagenet64', name));
    link('elsewhere/n01', 'train/n01');
    link('elsewhere/n01/z.png', 'train/n02/a.png');
    const { train, test } = load();
    expect([...train.labels]).toEqual([0, 1, 1]);
    expect([...test.labels]).toEqual([1]);
    expect(Buffer.concat([images[0], images[0], images[1]]).equals(train.images as Uint8Array)).toBe(true);
    for (const [target, fault] of [
      ['imagenet64', /train\/n03 is a symbolic link that leads back/],
      ['imagenet64/train', /leads back/],
      ['imagenet64/train/n03', /leads back/],
      ['nowhere', /n03 is a symbolic link to something that is not there/],
    ] as const) {
      link(target, 'train/n03');
      expect(load).toThrow(fault);
      expect(load).toThrow(UserError);
      unlinkSync(join(dataDirectory, 'imagenet64/train/n03'));
    }
  });

  it('are refused with other sizes or formats, naming the picture', () => {
    place('imagenet64/val/a/1.png', png(bytesOf(1, 1)));
    place('imagenet64/train/a/1.png', png(bytesOf(1, 1), 32));
    expect(load).toThrow(/a\/1\.png: 32x32 pixels where 64x64 are wanted/);
    place('imagenet64/train/a/1.png', Buffer.from('GIF'));
    expect(load).toThrow(/it is no PNG, JPEG, WebP or BMP picture/);
    rmSync(join(dataDirectory, 'imagenet64/train/a/1.png'));
    expect(load).toThrow(/hold no pictures/);
    place('imagenet64/train/a/1.tiff', Buffer.from('x'));
    expect(load).toThrow(/1\.tiff: only PNG, JPEG, WebP and BMP pictures are read/);
  });
});

describe('the catalogue', () => {
  it('says where to get it, as it cannot be downloaded', async () => {
    expect(load).toThrow(/train_data_batch_1\.npz, val_data\.npz not found in .*wants a login/);
    await expect(getDataset('imagenet64', { dataDirectory })).rejects.toThrow(/image-net\.org/);
  });
});
