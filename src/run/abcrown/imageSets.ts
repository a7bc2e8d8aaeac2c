/** @file The sets of images that α,β-CROWN and the study's copy of it know by name, and what their loaders fix besides. */
import { cifar10 } from '../../data/cifar10.ts';
import { cifar100 } from '../../data/cifar100.ts';
import { fashionMnist } from '../../data/fashionMnist.ts';
import { mnist } from '../../data/mnist.ts';
import type { Normalization } from '../../data/normalization.ts';
import { svhn } from '../../data/svhn.ts';

/** A set of images under one of α,β-CROWN's names. */
export interface ImageSet {
  /** Name in the table of data sets, or files beside the configuration; N·H·W·C or N·C·H·W pixels 0..1. */
  readonly source: string | { readonly images: string; readonly labels: string };
  /** What the loader normalises by; absent: data.mean and data.std alone tell. */
  readonly normalization?: Normalization;
  /** The loader does not look at data.mean and data.std. */
  readonly ownNormalization?: true;
  /** The radius where the configuration gives none. */
  readonly epsilon?: number;
  /** The loader takes its radius whatever the configuration says. */
  readonly ownEpsilon?: true;
  /** How many images from the first on where the configuration names no end. */
  readonly first?: number;
}

const identity = { mean: [0], std: [1] };
/** Of Dathathri et al. (2020), whose networks and images come together. */
const sdp = {
  mean: [125.3 / 255, 123 / 255, 113.9 / 255],
  std: [63 / 255, 62.1 / 255, 66.7 / 255],
};

/**
 * Networks that were trained by ERAN's authors, on images normalised by the mean deviation within one image, as
 * α,β-CROWN's loader has it; the study's copy of the loader has what its own networks were trained with.
 */
const eranNetwork = /^cifar_conv_(small|big)/;

const own = { ownNormalization: true } as const;
/** The study's loaders take one batch. */
const firstBatch = 200;

/** Sets by name, letters and digits alone, upper case. @param model name of the network */
const sets: Readonly<Record<string, (model: string) => ImageSet>> = {
  MNIST: () => ({ source: 'mnist' }),
  CIFAR: () => ({ source: 'cifar10' }),
  CIFAR10: () => ({ source: 'cifar10' }),
  CIFAR100: () => ({
    source: 'cifar100',
    normalization: cifar100.normalization,
    first: firstBatch,
  }),
  SVHN: () => ({ source: 'svhn', normalization: svhn.normalization, first: firstBatch }),
  FASHIONMNIST: () => ({
    source: 'fashionMnist',
    normalization: fashionMnist.normalization,
    first: firstBatch,
  }),
  CIFARERAN: (model) => ({
    source: 'cifar10',
    normalization: (eranNetwork.test(model) && cifar10.earlier?.normalization) || cifar10.normalization,
    ...own,
    epsilon: 2 / 255,
    first: 100,
  }),
  MNISTERAN: () => ({
    source: 'mnist',
    normalization: mnist.normalization,
    ...own,
    epsilon: 0.3,
    first: 100,
  }),
  MNISTERANUN: () => ({ source: 'mnist', normalization: identity, ...own, epsilon: 0.3, first: 100 }),
  MNISTMADRYUN: () => ({
    source: files('eran/mnist_madry', 'X', 'y'),
    normalization: identity,
    ...own,
    epsilon: 0.3,
  }),
  CIFARSDP: () => ({
    source: files('sdp/cifar', 'X_sdp', 'y_sdp'),
    normalization: sdp,
    ...own,
    epsilon: 2 / 255,
  }),
  MNISTSDP: () => ({
    source: files('sdp/mnist', 'X_sdp', 'y_sdp'),
    normalization: identity,
    ...own,
    epsilon: 0.3,
  }),
  CIFARSAMPLE: (model) => ({ ...sampled(model), normalization: sdp, ...own, epsilon: 2 / 255 }),
  MNISTSAMPLE: (model) => ({ ...sampled(model), normalization: identity, ...own, epsilon: 0.3 }),
};

function files(folder: string, images: string, labels: string): ImageSet['source'] {
  return { images: `datasets/${folder}/${images}.npy`, labels: `datasets/${folder}/${labels}.npy` };
}

/** A hundred images that the network classifies rightly. */
const sampled = (model: string): Pick<ImageSet, 'source' | 'ownEpsilon'> => ({
  source: files(`sample100_unnormalized/${model}`, 'X', 'y'),
  ownEpsilon: true,
});

/** Names as they are written in configurations. */
export const imageSetNames: readonly string[] = [
  'MNIST',
  'FashionMNIST',
  'CIFAR',
  'CIFAR100',
  'SVHN',
  'CIFAR_ERAN',
  'MNIST_ERAN',
  'MNIST_ERAN_UN',
  'MNIST_MADRY_UN',
  'CIFAR_SDP',
  'MNIST_SDP',
  'CIFAR_SAMPLE',
  'MNIST_SAMPLE',
];

/** The set of a name, however it is spelled (`FashionMNIST`, `FASHION_MNIST`); undefined where there is none. */
export function imageSetOf(name: string, model = ''): ImageSet | undefined {
  const plain = name.toUpperCase().replaceAll(/[^A-Z\d]/g, '');
  return Object.hasOwn(sets, plain) ? sets[plain](model) : undefined;
}
