/** @file Tests of batches. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../formats/userError.ts';
import { cropAndFlip } from './augment.ts';
import { batchesPerEpoch, epochBatches, evaluationBatches } from './batches.ts';
import type { Batch, EpochOptions } from './batches.ts';
import { imageCount } from './dataset.ts';
import type { Dataset } from './dataset.ts';
import { createRng } from './rng.ts';

function randomDataset(count: number, shape: [number, number, number] = [1, 2, 2]): Dataset {
  const rng = createRng(count);
  return {
    name: 'random',
    images: Uint8Array.from({ length: count * shape[0] * shape[1] * shape[2] }, () => rng.integer(256)),
    labels: Uint8Array.from({ length: count }, () => rng.integer(10)),
    shape,
    classes: 10,
    classNames: [...'0123456789'],
    mean: [0],
    std: [1],
  };
}

const copyOf = (batch: Batch) => ({
  ...batch,
  x: [...batch.x],
  y: [...batch.y],
  indices: [...batch.indices],
});
const epoch = (options: Partial<EpochOptions> = {}) =>
  Array.from(
    epochBatches({ dataset: randomDataset(50), batchSize: 8, rng: createRng(1), epoch: 0, ...options }),
    copyOf,
  );

describe('epochBatches', () => {
  it('shows every image once, with its pixels and label, or all but the dropped ones', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        (count, batchSize, dropLast) => {
          fc.pre(!dropLast || batchSize <= count);
          const dataset = randomDataset(count);
          const batches = epoch({ dataset, batchSize, dropLast });
          expect(batches.length).toBe(batchesPerEpoch(dataset, batchSize, dropLast));
          const seen = batches.flatMap((batch) => batch.indices);
          expect(new Set(seen).size).toBe(seen.length);
          expect(seen.length).toBe(dropLast ? count - (count % batchSize) : count);
          for (const { x, y, indices, count: filled } of batches) {
            expect(indices.length).toBe(filled);
            indices.forEach((image, i) => {
              expect(y[i]).toBe(dataset.labels[image]);
              expect(x.slice(4 * i, 4 * i + 4)).toEqual(
                [...dataset.images.subarray(4 * image, 4 * image + 4)].map((v) => Math.fround(v / 255)),
              );
            });
            expect(x.slice(4 * filled).every((v) => v === 0)).toBe(true);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('depends on seed and epoch alone', () => {
    const used = createRng(1);
    used.next();
    expect(epoch({ rng: used, epoch: 3 })).toEqual(epoch({ epoch: 3 }));
    expect(epoch({ epoch: 3 })).not.toEqual(epoch({ epoch: 4 }));
    expect(epoch({ rng: createRng(2) })).not.toEqual(epoch());
  });

  it('continues inside an epoch with the batches that an unbroken one has, augmentation included', () => {
    const options = { dataset: randomDataset(50, [1, 8, 8]), augment: cropAndFlip };
    expect(epoch({ ...options, firstBatch: 4 })).toEqual(epoch(options).slice(4));
  });

  it('augments without changing order or labels', () => {
    const options = { dataset: randomDataset(50, [1, 8, 8]) };
    const [plain, augmented] = [epoch(options), epoch({ ...options, augment: cropAndFlip })];
    expect(augmented.map((b) => [b.y, b.indices])).toEqual(plain.map((b) => [b.y, b.indices]));
    expect(augmented.map((b) => b.x)).not.toEqual(plain.map((b) => b.x));
  });

  it('refuses batch sizes that cannot be', () => {
    expect(() => epoch({ batchSize: 51 })).toThrow(/larger than the 50 images/);
    expect(() => epoch({ batchSize: 0 })).toThrow(UserError);
    expect(() => epoch({ batchSize: 2.5 })).toThrow(UserError);
  });
});

describe('evaluationBatches', () => {
  it('keeps the order and pads the last batch', () => {
    const dataset = randomDataset(11);
    const batches = Array.from(evaluationBatches(dataset, 4), copyOf);
    expect(batches.map((b) => b.count)).toEqual([4, 4, 3]);
    expect(batches.flatMap((b) => b.indices)).toEqual(
      Array.from({ length: imageCount(dataset) }, (_, i) => i),
    );
    expect(batches.flatMap((b) => b.y)).toEqual([...dataset.labels, 0]);
    expect(batches[2].x.slice(12)).toEqual([0, 0, 0, 0]);
  });
});
