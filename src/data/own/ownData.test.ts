import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dtype, ElementArray } from '../../formats/ndArray.ts';
import { encodeNpy } from '../../formats/npy.ts';
import { encodeNpz } from '../../formats/npz.ts';
import { UserError } from '../../formats/userError.ts';
import { imageCount, pixelsOf } from '../dataset.ts';
import { describeOwn } from './describe.ts';
import type { OwnOptions } from './options.ts';
import { openOwn } from './ownData.ts';
import { pictureBytes, type pictures } from './pictures.testing.ts';

let root: string;
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'own-')), 'data');
  mkdirSync(root);
});
afterEach(() => rmSync(dirname(root), { recursive: true }));

function place(name: string, content: string | Uint8Array): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), content);
}
const picture = (name: string, content: keyof typeof pictures = 'colour.png'): void =>
  place(name, pictureBytes(content));
const open = (name = '', options: OwnOptions = {}) => openOwn(join(root, name), options);
const opening =
  (name = '', options: OwnOptions = {}) =>
  () =>
    open(name, options);

/** Every refusal is a paragraph with a place and a cure. */
function expectRefusal(act: () => unknown, ...parts: (string | RegExp)[]): void {
  expect(act).toThrow(UserError);
  for (const part of parts) expect(act).toThrow(part);
}

describe('class folders', () => {
  it('are split by a seeded share of each class, the same at every opening', () => {
    for (let i = 0; i < 10; i++) {
      picture(`cat/${i}.png`);
      picture(`dog/${i}.jpg`, 'colour.jpg');
    }
    const { train, test, files } = open();
    expect(train).toMatchObject({
      shape: [3, 6, 8],
      classes: 2,
      classNames: ['cat', 'dog'],
      domain: undefined,
    });
    expect([imageCount(train), [...test.labels]]).toEqual([16, [0, 0, 1, 1]]);
    expect(Object.keys(files)).toEqual(['pictures']);
    expect(open('', { testShare: 0.5 }).test.labels.length).toBe(10);
    const names = (seed: number): string[] =>
      Array.from({ length: 4 }, (_, i) => open('', { splitSeed: seed }).testName(i));
    expect(names(1)).toEqual(names(1));
    expect(names(1)).not.toEqual(names(2));
  });

  it('change their sum with any picture', () => {
    picture('a/1.png');
    picture('b/1.png');
    const before = open().files;
    picture('b/1.png', 'colour.bmp');
    expect(open().files).not.toEqual(before);
    picture('b/1.png');
    expect(open().files).toEqual(before);
  });

  it('below train, test and val state their parts; links and folders in classes are followed', () => {
    picture('train/a/1.png');
    picture('train/b/deep/er/1.webp', 'lossless.webp');
    picture('test/a/1.bmp', 'colour.bmp');
    picture('val/b/1.png');
    picture('../elsewhere/9.png');
    symlinkSync('../../elsewhere', join(root, 'train/c'));
    const { train, test, validation, testName } = open();
    expect([[...train.labels], [...test.labels], [...validation!.labels]]).toEqual([[0, 1, 2], [0], [1]]);
    expect(testName(0)).toBe(join(root, 'test/a/1.bmp'));
    expectRefusal(opening('', { testShare: 0.3 }), /test_share: .*states its test part itself/);
    rmSync(join(root, '../elsewhere'), { recursive: true });
    expectRefusal(opening(), /train\/c is a symbolic link to something that is not there/);
  });

  it('with val alone are tested on it', () => {
    picture('train/a/1.png');
    picture('val/a/1.png');
    expect(open()).toMatchObject({ test: { labels: Int32Array.of(0) } });
    expect(open().validation).toBeUndefined();
  });

  it('may be called train, where it holds pictures', () => {
    for (const name of ['train', 'plane']) picture(`${name}/1.png`);
    expect(open().train.classNames).toEqual(['plane', 'train']);
  });

  it('in circles are refused', () => {
    picture('a/1.png');
    symlinkSync('..', join(root, 'a/up'));
    expectRefusal(opening(), /a\/up is a symbolic link that leads back to a folder above it/);
    rmSync(join(root, 'a/up'));
    picture('b/1.png');
    symlinkSync('../b', join(root, 'a/to'));
    symlinkSync('../a', join(root, 'b/to'));
    expectRefusal(opening(), /leads back/);
  });

  it.each([
    [
      'another size',
      'small.png',
      /a\/2\.png: 4x3 pixels where 8x6 are wanted, as a\/1\.png has.*resize: \[6, 8\]/,
    ],
  ])('of %s are refused unless a size is said', (_, __, message) => {
    picture('a/1.png');
    // The same picture as a BMP of half the size.
    const bmp = Buffer.from(pictureBytes('colour.bmp'));
    bmp.writeInt32LE(4, 18);
    bmp.writeInt32LE(3, 22);
    place('a/2.png', bmp);
    expectRefusal(opening(), message);
    expect(open('', { resize: [4, 4] }).train.shape).toEqual([3, 4, 4]);
    expectRefusal(opening('', { resize: [0] }), /resize: 0 is no size/);
  });

  it('of grey for colour are refused unless one is said', () => {
    picture('a/1.png');
    picture('a/2.png', 'grey.png');
    expectRefusal(opening(), /a\/2\.png: the picture is grey, but a\/1\.png is in colour.*channels: 3/);
    expect(open('', { channels: 3 }).train.shape).toEqual([3, 6, 8]);
    expect(open('', { channels: 1 }).train.shape).toEqual([1, 6, 8]);
    expectRefusal(opening('', { channels: 2 }), /1 \(grey\) or 3 \(colour\)/);
    picture('a/2.png');
    picture('train/a/1.png');
    rmSync(join(root, 'a'), { recursive: true });
    picture('test/a/1.png', 'grey.png');
    expectRefusal(opening(), /test\/a\/1\.png: the picture is grey, the training images are in colour/);
  });

  it('are refused by name where something is wrong', () => {
    picture('a/1.png');
    mkdirSync(join(root, 'b'));
    expectRefusal(opening(), /\/b: the class has no pictures/);
    place('b/notes.txt', 'x');
    expectRefusal(opening(), /b\/notes\.txt: only PNG, JPEG, WebP and BMP/);
    rmSync(join(root, 'b/notes.txt'));
    place('b/1.jpg', pictureBytes('colour.jpg').subarray(0, 200));
    expectRefusal(opening(), /b\/1\.jpg: this JPEG picture cannot be read/);
    place('b/1.jpg', pictureBytes('transparent.png'));
    expectRefusal(opening(), /b\/1\.jpg: the picture is transparent/);
    rmSync(join(root, 'b'), { recursive: true });
    picture('train/a/1.png');
    expectRefusal(opening(), /the folder a stands beside train/);
    rmSync(join(root, 'a'), { recursive: true });
    picture('test/c/1.png');
    expectRefusal(opening(), /the class folder c is not among those of the training images/);
    rmSync(join(root, 'train'), { recursive: true });
    expectRefusal(opening(), /there is test, but no folder train/);
    rmSync(join(root, 'test'), { recursive: true });
    expectRefusal(opening(), /no data is recognised there/);
    expectRefusal(opening('nowhere'), /nowhere: there is no such file\. Name a file or folder/);
  });

  it('outside a stated range are refused with the range found', () => {
    picture('a/1.png');
    expectRefusal(
      opening('', { dataMin: [0.2], dataMax: [0.9] }),
      /a\/1\.png holds 0 at \[0,0,0\], but valid is 0\.2\.\.0\.9/,
    );
    expectRefusal(opening('', { dataMin: [1], dataMax: [0] }), /1 to 0 is no range/);
    expectRefusal(opening('', { dataMin: [0, 1] }), /data_min: 2 numbers for 3 channels/);
    expectRefusal(
      opening('', { featureScale: 'minmax' }),
      /feature_scale .* is for tables .* read as class folders/,
    );
  });
});

const npy = (dtype: Dtype, shape: number[], data: ElementArray): Uint8Array =>
  encodeNpy({ dtype, shape, data });

describe('arrays', () => {
  it('lie as pairs beside one another, alone, or in one archive', () => {
    const x = { dtype: 'float32', shape: [2, 1, 1, 2], data: Float32Array.of(0, 0.25, 0.5, 1) } as const;
    const y = { dtype: 'int64', shape: [2, 1], data: BigInt64Array.of(0n, 1n) } as const;
    place('both/x_train.npy', encodeNpy(x));
    place('both/y_train.npy', encodeNpy(y));
    place('both/x_test.npy', encodeNpy(x));
    place('both/y_test.npy', encodeNpy(y));
    expect([...pixelsOf(open('both').test, 1)]).toEqual([0.5, 1]);
    expect(open('both/x_train.npy').whole?.labels.length).toBe(2);
    place(
      'all.npz',
      encodeNpz(
        ['train', 'val', 'test'].flatMap(
          (part) =>
            [
              [`${part}_images`, x],
              [`${part}_labels`, y],
            ] as const,
        ),
      ),
    );
    expect(imageCount(open('all.npz').validation!)).toBe(2);
    const mean = { dtype: 'float64', shape: [1], data: Float64Array.of(0.3) } as const;
    place(
      'one.npz',
      encodeNpz([
        ['x', x],
        ['y', y],
        ['mean', mean],
        ['std', mean],
      ]),
    );
    expect(open('one.npz').train).toMatchObject({ mean: [0.3], std: [0.3], classes: 2 });
    expect(open('one.npz', { mean: [0.1], std: [2] }).train).toMatchObject({ mean: [0.1], std: [2] });
    rmSync(join(root, 'both/y_test.npy'));
    expectRefusal(opening('both'), /x_test\.npy: there are no labels for it/);
  });

  it('of other values have a range that is said', () => {
    place('x.npy', npy('float32', [2, 2], Float32Array.of(-2, 0, 1, 3)));
    place('y.npy', npy('int64', [2], BigInt64Array.of(0n, 1n)));
    expectRefusal(
      opening('x.npy'),
      /image 0 holds -2 at \[0\], but pixels are 0\.\.1; the file holds -2 … 3\..*data_min/,
    );
    const { whole } = open('x.npy', { dataMin: [-2], dataMax: [3], epsScale: [1, 2], fixedFeatures: ['0'] });
    expect(whole!.domain).toEqual({ lower: [-2], upper: [3], radii: [0, 2] });
    expectRefusal(
      opening('x.npy', { dataMin: [-1], dataMax: [3] }),
      /holds -2 .* valid is -1\.\.3; the file holds -2 … 3/,
    );
    expectRefusal(opening('x.npy', { dataMin: [-2], fixedFeatures: ['5'] }), /no feature "5".*0 to 1/);
  });

  it('that do not fit are refused', () => {
    place('x.npy', npy('float32', [2, 2], Float32Array.of(0, NaN, 1, 1)));
    place('y.npy', npy('int64', [2], BigInt64Array.of(0n, 1n)));
    expectRefusal(opening('x.npy'), /image 0 holds NaN at \[1\].*without NaN/);
    place('y.npy', npy('int64', [3], BigInt64Array.of(0n, 1n, 2n)));
    expectRefusal(opening('x.npy'), /3 labels for the 2 images/);
    place('z.npz', encodeNpz([['weights', { dtype: 'float32', shape: [1], data: Float32Array.of(1) }]]));
    expectRefusal(opening('z.npz'), /no inputs with labels are among its arrays \(weights\)/);
  });
});

describe('idx files', () => {
  const idx = (shape: number[], data: Uint8Array): Buffer => {
    const head = Buffer.alloc(4 + 4 * shape.length);
    head.set([0, 0, 8, shape.length]);
    shape.forEach((size, i) => head.writeUInt32BE(size, 4 + 4 * i));
    return Buffer.concat([head, data]);
  };

  it('lie in MNIST’s names, plain or compressed', () => {
    for (const part of ['train', 't10k']) {
      place(`${part}-images-idx3-ubyte.gz`, gzipSync(idx([2, 1, 2], Uint8Array.of(0, 51, 102, 255))));
      place(`${part}-labels-idx1-ubyte`, idx([2], Uint8Array.of(1, 0)));
    }
    expect([...pixelsOf(open().test, 0)]).toEqual([0, Math.fround(0.2)]);
    expect(open('train-images-idx3-ubyte.gz').whole?.shape).toEqual([1, 1, 2]);
    rmSync(join(root, 't10k-labels-idx1-ubyte'));
    expectRefusal(opening(), /t10k-images-idx3-ubyte\.gz: there are no labels/);
  });
});

describe('tables', () => {
  const rows = 'id,age,sex,state\n1,20,0,well\n2,40,1,ill\n3,60,1,well\n4,80,0,ill\n';
  const options: OwnOptions = { labelColumn: 'state', ignoreColumns: ['id'] };

  it('hold numbers, and labels that are words or numbers', () => {
    place('t.csv', rows);
    const { whole, featureNames } = open('t.csv', { ...options, fixedFeatures: ['sex'] });
    expect(featureNames).toEqual(['age', 'sex']);
    expect(whole).toMatchObject({
      shape: [2],
      classNames: ['ill', 'well'],
      labels: Int32Array.of(1, 0, 1, 0),
    });
    expect(whole!.domain).toEqual({ lower: undefined, upper: undefined, radii: [1, 0] });
    expect([...whole!.images]).toEqual([20, 0, 40, 1, 60, 1, 80, 0]);
    const scaled = open('t.csv', { ...options, featureScale: 'minmax' }).whole!;
    expect([...scaled.images].slice(0, 4)).toEqual([0, 0, Math.fround(1 / 3), 1]);
    const given = open('t.csv', {
      ...options,
      featureScale: 'minmax',
      dataMin: [0, 0],
      dataMax: [80, 1],
    }).whole!;
    expect(given.images[0]).toBe(0.25);
    place('n.tsv', '0.5\t1\n0.25\t0\n');
    expect([...open('n.tsv', { labelColumn: '-1' }).whole!.labels]).toEqual([1, 0]);
    place('s/train.csv', rows);
    place('s/test.csv', rows);
    expect(imageCount(open('s', options).test)).toBe(4);
  });

  it('are refused by line and column where something is wrong', () => {
    place('t.csv', rows);
    expectRefusal(opening('t.csv'), /which column holds the labels .*label_column: NAME/);
    expectRefusal(opening('t.csv', { labelColumn: 'stat' }), /no column "stat" .*did you mean "state"/);
    expectRefusal(opening('t.csv', { ...options, fixedFeatures: ['agee'] }), /no feature "agee"/);
    const minmax = { ...options, featureScale: 'minmax', dataMin: [0, 0], dataMax: [70, 1] } as const;
    expectRefusal(
      opening('t.csv', minmax),
      /line 5: it holds 80 in the column "age", but valid is 0\.\.70; the file holds 0 … 80/,
    );
    expectRefusal(opening('t.csv', { ...options, dataMax: [70, 1] }), /line 5.*up to 70/);
    place('t.csv', rows.replace('40', 'n/a'));
    expectRefusal(
      opening('t.csv', options),
      /line 3: the column "age" holds "n\/a"; .*ignore_columns: \[age\]/,
    );
    place('t.csv', rows.replace('40', 'NaN'));
    expectRefusal(opening('t.csv', options), /line 3: the column "age" holds "NaN"/);
    place('t.csv', rows.replace(',ill', ','));
    expectRefusal(opening('t.csv', options), /line 3: the label is missing/);
    place('t.csv', rows.replace('2,40', '40'));
    expectRefusal(opening('t.csv', options), /line 3: 3 cells where the table has 4 columns/);
    place('t.csv', '1,2\n3,1.5\n');
    expectRefusal(opening('t.csv', { labelColumn: '1' }), /line 2: the label is 1\.5/);
    place('t.csv', 'a,b\n');
    expectRefusal(opening('t.csv', { labelColumn: 'b' }), /no rows/);
  });

  it('are told of with classes, ranges and what is held fixed', () => {
    place('t.csv', rows);
    const told = describeOwn(join(root, 't.csv'), {
      ...options,
      fixedFeatures: ['sex'],
      dataMin: [0, 0],
      dataMax: [100, 1],
    });
    expect(told.values).toEqual([
      { name: 'age', least: 20, largest: 80, valid: '0..100', radius: 1 },
      { name: 'sex', least: 0, largest: 1, valid: '0..1', radius: 0 },
    ]);
    expect(told.classes).toEqual([
      { name: 'ill', train: 1, test: 1 },
      { name: 'well', train: 1, test: 1 },
    ]);
    expect(told.split).toContain('0.2');
  });
});
