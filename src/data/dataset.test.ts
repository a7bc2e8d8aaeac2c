/** @file Tests of subsets and splits. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../formats/userError.ts';
import { imageCount, pixelsOf, splitTrainValidation, subsetOf } from './dataset.ts';
import type { Dataset } from './dataset.ts';
import { createRng } from './rng.ts';

/** A dataset whose image i has the pixels i, i + 1, … and the label i mod 10. */
function countingDataset(count: number): Dataset {
  return {
    name: 'counting',
    images: Uint8Array.from({ length: count * 2 }, (_, k) => Math.floor(k / 2) + (k % 2)),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
    shape: [1, 1, 2],
    classes: 10,
    classNames: [...'0123456789'],
    mean: [0],
    std: [1],
  };
}

describe('splitTrainValidation', () => {
  it('parts the images without loss or overlap and keeps each label with its image', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), (count, part, seed) => {
        const validationSize = part % count;
        const { train, validation } = splitTrainValidation(
          countingDataset(count),
          validationSize,
          createRng(seed),
        );
        expect(imageCount(validation)).toBe(validationSize);
        const ids = [train, validation].map((d) =>
          [...d.labels].map((label, i) => {
            expect(label).toBe(d.images[2 * i] % 10);
            return d.images[2 * i];
          }),
        );
        expect(ids[0]).toEqual(ids[0].toSorted((x, y) => x - y));
        expect(ids.flat().toSorted((x, y) => x - y)).toEqual(Array.from({ length: count }, (_, i) => i));
      }),
    );
  });

  it('depends on the seed alone', () => {
    const used = createRng(1);
    used.next();
    const validationOf = (rng: typeof used) => [
      ...splitTrainValidation(countingDataset(100), 10, rng).validation.images,
    ];
    expect(validationOf(used)).toEqual(validationOf(createRng(1)));
    expect(validationOf(used)).not.toEqual(validationOf(createRng(2)));
  });

  it('refuses a size that leaves nothing to train on', () => {
    for (const size of [-1, 0.5, 10, Number.NaN]) {
      expect(() => splitTrainValidation(countingDataset(10), size, createRng(0))).toThrow(UserError);
    }
  });
});

describe('subsetOf and pixelsOf', () => {
  it('leave the dataset as it was, also where it views the bytes of a file', () => {
    const dataset = countingDataset(20);
    const viewed = { ...dataset, images: Buffer.from(dataset.images), labels: Buffer.from(dataset.labels) };
    const subset = subsetOf(viewed, [19, 18]);
    subset.labels[0] = 99;
    subset.images[0] = 99;
    expect([[...viewed.labels], [...viewed.images]]).toEqual([[...dataset.labels], [...dataset.images]]);
  });

  it('give images in the order asked for, and pixels in 0..1', () => {
    const subset = subsetOf(countingDataset(20), [7, 3, 7]);
    expect([...subset.images]).toEqual([7, 8, 3, 4, 7, 8]);
    expect([...subset.labels]).toEqual([7, 3, 7]);
    expect(subsetOf(subset, [0, 1, 2, 0, 1]).labels).toHaveLength(5);
    expect([...pixelsOf(subset, 1)]).toEqual([Math.fround(3 / 255), Math.fround(4 / 255)]);
    expect(() => subsetOf(subset, [3])).toThrow(RangeError);
    expect(() => pixelsOf(subset, 3)).toThrow(RangeError);
  });
});
