/** @file Saved configurations of runs that began when names and defaults meant other networks and other data. */
import { datasets } from '../../data/datasets.ts';
import type { DatasetSource } from '../../data/source.ts';

const allDatasets: Readonly<Record<string, DatasetSource>> = datasets;

/** What the names of the zoo meant before they were the study's. */
const earlierNames: Readonly<Record<string, string>> = {
  cifar_model: 'cifar_model_16_32',
  cnn_7layer_bn: 'cnn_7layer_bn_literature',
  cnn_b_adv: 'cnn_b_adv_sdp',
  AlexNet: 'AlexNet_literature',
  ...Object.fromEntries([11, 13, 16, 19].map((depth) => [`vgg${depth}_bn`, `vgg${depth}_bn_literature`])),
  ...Object.fromEntries(
    [20, 32, 44, 56, 110].map((depth) => [`resnet${depth}s`, `resnet${depth}s_16_32_64`]),
  ),
};

/**
 * The values of a saved configuration, which holds every key, in today's words: one without `normalization` is of the
 * earlier kind, and its run goes on with the network, the normalisation and the augmentation that it began with.
 */
export function inTodaysWords(saved: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (saved['normalization'] !== undefined) return { ...saved };
  const { arch, dataset, augment } = saved;
  const earlier = allDatasets[String(dataset)]?.earlier;
  return {
    ...saved,
    ...(typeof arch === 'string' && Object.hasOwn(earlierNames, arch) && { arch: earlierNames[arch] }),
    ...(earlier?.augment !== undefined && augment === 'auto' && { augment: earlier.augment }),
    normalization: earlier?.normalization ? 'earlier' : 'study',
  };
}
