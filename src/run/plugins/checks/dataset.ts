/** @file What every data set promises. */
import { imageCount, imageSize, splitTrainValidation, type Dataset } from '../../../data/dataset.ts';
import { loadFrom } from '../../../data/load.ts';
import { createRng } from '../../../data/rng.ts';
import type { DatasetSource, LoadedDataset } from '../../../data/source.ts';
import { checksOf, holds, type Check } from './check.ts';

/** @param source a member of the family, under its name; it has to lie on this machine */
export function datasetChecks(source: DatasetSource): Check[] {
  let found: LoadedDataset | undefined;
  const loaded = (): LoadedDataset => (found ??= loadFrom(source));
  const parts = (): [string, Dataset][] => [
    ['training', loaded().train],
    ['test', loaded().test],
  ];
  return checksOf({
    'says its shape, classes and normalisation'() {
      const { shape, classes, classNames, normalization } = source;
      holds(shape.length === 3 && shape.every((n) => Number.isInteger(n) && n > 0), `its shape is ${shape}`);
      holds(classNames.length === classes, `${classNames.length} names for ${classes} classes`);
      holds(new Set(classNames).size === classes, 'two classes have the same name');
      for (const [what, values] of Object.entries(normalization))
        holds(values.length === shape[0], `${what} of ${values.length} channels, images of ${shape[0]}`);
      holds(
        normalization.std.every((v) => v > 0),
        'a standard deviation is not positive',
      );
    },
    'is found on this machine, and read': () => void loaded(),
    'a label in range for every image, every class in training and test'() {
      for (const [part, { labels, classes }] of parts()) {
        const classesFound = new Set(labels);
        holds(
          classesFound.size === classes,
          `${part} images are of ${classesFound.size} classes, not ${classes}`,
        );
        holds(
          [...classesFound].every((label) => label >= 0 && label < classes),
          `${part} labels are not 0 to ${classes - 1}`,
        );
      }
    },
    'pixels are bytes that use their range'() {
      for (const [part, data] of parts()) {
        holds(data.images instanceof Uint8Array, `${part} pixels are not bytes`);
        holds(data.images.length === imageCount(data) * imageSize(data), `${part} images are cut off`);
        const most = data.images.reduce((a, b) => Math.max(a, b), 0);
        holds(most > 1, `the largest ${part} pixel is ${most}: pixels are 0 to 255, not 0 to 1`);
      }
    },
    'training and validation are parted, and the same each time'() {
      const { train } = loaded();
      const size = Math.floor(imageCount(train) / 10);
      const split = () => splitTrainValidation(train, size, createRng('split'));
      const [a, b] = [split(), split()];
      holds(imageCount(a.validation) === size, `${imageCount(a.validation)} validation images, not ${size}`);
      holds(imageCount(a.train) === imageCount(train) - size, 'images are lost between the parts');
      holds(
        a.validation.labels.every((label, i) => label === b.validation.labels[i]),
        'two splits differ',
      );
    },
  });
}
