import { rmSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Dtype, ElementArray } from '../../formats/ndArray.ts';
import { encodeNpy } from '../../formats/npy.ts';
import { encodeNpz } from '../../formats/npz.ts';
import { imageCount, pixelsOf } from '../dataset.ts';
import { describeOwn } from './describe.ts';
import type { OwnOptions } from './options.ts';
import { at, expectRefusal, open, opening, place, useOwnFolder } from './ownFiles.testing.ts';

useOwnFolder();

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
    rmSync(at('both/y_test.npy'));
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
    rmSync(at('t10k-labels-idx1-ubyte'));
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
    const told = describeOwn(at('t.csv'), {
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
