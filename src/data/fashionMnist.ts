/** @file FashionMNIST: articles of clothing, 60,000 training and 10,000 test images of 1x28x28. */
import { join } from 'node:path';
import { cropAndFlip } from './augment.ts';
import { idxFetch, idxLayout, type IdxChecksums } from './idxLayout.ts';
import type { DatasetSource } from './source.ts';

const gzSha256: IdxChecksums = [
  'b0564c3eedabfbf835052cff8503ea422014ce006caf5b757f851416ee8300c7',
  '0ae29f65d86684f32d1b9c85147786c547b9c6aebcaf235f0400a0cce308b056',
  'cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936907477e6dd344da56eaa',
  '8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05',
];

const mirrors = [
  'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
];

/**
 * FashionMNIST. H. Xiao, K. Rasul, R. Vollgraf, arXiv 1708.07747. Found in the data directory (torchvision's
 * `FashionMNIST/raw`, or `fashion-mnist`) or where Debian's package `dataset-fashion-mnist` puts it.
 */
export const fashionMnist: DatasetSource = {
  name: 'fashionMnist',
  title: 'FashionMNIST',
  sentence: 'Pictures of clothing, 28x28 grey (Xiao et al. 2017).',
  shape: [1, 28, 28],
  classes: 10,
  classNames: [
    'T-shirt',
    'trouser',
    'pullover',
    'dress',
    'coat',
    'sandal',
    'shirt',
    'sneaker',
    'bag',
    'boot',
  ],
  trainCount: 60000,
  testCount: 10000,
  // The study's, not the deviation of all pixels (.353).
  normalization: { mean: [0.286], std: [0.315] },
  augmentation: cropAndFlip,
  earlier: { augment: 'none' },
  origin:
    'On Debian, "apt install dataset-fashion-mnist" brings the files too; ' +
    'or place the four idx or idx.gz files in the folder FashionMNIST/raw of the data directory.',
  layouts: [
    idxLayout(
      [
        'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
        'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
        '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
        '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
      ],
      (directory) => [
        join(directory, 'FashionMNIST', 'raw'),
        join(directory, 'fashion-mnist'),
        '/usr/share/datasets/fashion-mnist',
      ],
    ),
  ],
  fetch: idxFetch('FashionMNIST', mirrors, 'sha256', gzSha256),
};
