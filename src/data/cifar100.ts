/** @file CIFAR-100: 50,000 training and 10,000 test images of 3x32x32 in a hundred classes. */
import { join } from 'node:path';
import { fetchFromArchive } from './archive.ts';
import { cropAndFlip } from './augment.ts';
import { readCifarPickle } from './cifarPickle.ts';
import { cifarLayout, readCifarRecords } from './cifarRecords.ts';
import type { DatasetSource } from './source.ts';

const folderName = 'cifar-100-binary';
const archive = {
  urls: ['https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz'],
  md5: '03b5dce01913d631647c71ecec9e9cb8',
};

const classNames = `
  apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle
  bowl boy bridge bus butterfly camel can castle caterpillar cattle
  chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur
  dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
  lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain
  mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree
  plain plate poppy porcupine possum rabbit raccoon ray road rocket
  rose sea seal shark shrew skunk skyscraper snail snake spider
  squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
  train trout tulip turtle wardrobe whale willow_tree wolf woman worm`
  .trim()
  .split(/\s+/);

/** CIFAR-100 with its hundred fine labels. A. Krizhevsky, 2009; the official binary or Python files. */
export const cifar100: DatasetSource = {
  name: 'cifar100',
  title: 'CIFAR-100',
  sentence: 'Photographs of a hundred kinds of things, 32x32 in colour (Krizhevsky 2009).',
  shape: [3, 32, 32],
  classes: 100,
  classNames,
  trainCount: 50000,
  testCount: 10000,
  normalization: { mean: [0.5071, 0.4866, 0.4409], std: [0.2673, 0.2564, 0.2762] },
  augmentation: cropAndFlip,
  // Of its own pixels.
  earlier: { normalization: { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] } },
  origin: `Or place train.bin and test.bin of cifar-100-binary.tar.gz in the folder ${folderName} of the data directory.`,
  layouts: [
    cifarLayout(
      [
        { names: ['train.bin'], bytes: 153700000, md5: '6172c7755cfe09b2fe270c85cebc1b15' },
        { names: ['test.bin'], bytes: 30740000, md5: '4499cfba6c016c1be1438163640a0898' },
      ],
      (directory) => [join(directory, folderName), join(directory, 'cifar100')],
      (content, path) => readCifarRecords(content, path, 2),
    ),
    cifarLayout(
      [
        { names: ['train'], md5: '16019d7e3df5f24257cddd939b257f8d' },
        { names: ['test'], md5: 'f0ef6b0ae62326f3e7ffdfab6717acfc' },
      ],
      (directory) => [join(directory, 'cifar-100-python')],
      (content, path) => readCifarPickle(content, path, 'fine_labels'),
    ),
  ],
  async fetch({ dataDirectory, ...options }) {
    const path = join(dataDirectory, 'cifar-100-binary.tar.gz');
    await fetchFromArchive(
      { ...options, ...archive, path },
      ['train.bin', 'test.bin'],
      join(dataDirectory, folderName),
    );
  },
};
