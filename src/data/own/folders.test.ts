import { mkdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { imageCount } from '../dataset.ts';
import { at, expectRefusal, open, opening, picture, place, useOwnFolder } from './ownFiles.testing.ts';
import { pictureBytes } from './pictures.testing.ts';

useOwnFolder();

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
    symlinkSync('../../elsewhere', at('train/c'));
    const { train, test, validation, testName } = open();
    expect([[...train.labels], [...test.labels], [...validation!.labels]]).toEqual([[0, 1, 2], [0], [1]]);
    expect(testName(0)).toBe(at('test/a/1.bmp'));
    expectRefusal(opening('', { testShare: 0.3 }), /test_share: .*states its test part itself/);
    rmSync(at('../elsewhere'), { recursive: true });
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
    symlinkSync('..', at('a/up'));
    expectRefusal(opening(), /a\/up is a symbolic link that leads back to a folder above it/);
    unlinkSync(at('a/up'));
    picture('b/1.png');
    symlinkSync('../b', at('a/to'));
    symlinkSync('../a', at('b/to'));
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
    rmSync(at('a'), { recursive: true });
    picture('test/a/1.png', 'grey.png');
    expectRefusal(opening(), /test\/a\/1\.png: the picture is grey, the training images are in colour/);
  });

  it('are refused by name where something is wrong', () => {
    picture('a/1.png');
    mkdirSync(at('b'));
    expectRefusal(opening(), /\/b: the class has no pictures/);
    place('b/notes.txt', 'x');
    expectRefusal(opening(), /b\/notes\.txt: only PNG, JPEG, WebP and BMP/);
    rmSync(at('b/notes.txt'));
    place('b/1.jpg', pictureBytes('colour.jpg').subarray(0, 200));
    expectRefusal(opening(), /b\/1\.jpg: this JPEG picture cannot be read/);
    place('b/1.jpg', pictureBytes('transparent.png'));
    expectRefusal(opening(), /b\/1\.jpg: the picture is transparent/);
    rmSync(at('b'), { recursive: true });
    picture('train/a/1.png');
    expectRefusal(opening(), /the folder a stands beside train/);
    rmSync(at('a'), { recursive: true });
    picture('test/c/1.png');
    expectRefusal(opening(), /the class folder c is not among those of the training images/);
    rmSync(at('train'), { recursive: true });
    expectRefusal(opening(), /there is test, but no folder train/);
    rmSync(at('test'), { recursive: true });
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
