/** @file The sets of images that α,β-CROWN and the study's copy of it know by name, and what their loaders fix besides. */
import { cifar10 } from '../../data/cifar10.ts';
import { cifar100 } from '../../data/cifar100.ts';
import { fashionMnist } from '../../data/fashionMnist.ts';
import { mnist } from '../../data/mnist.ts';
import type { Normalization } from '../../data/normalization.ts';
import type { DatasetSource } from '../../data/source.ts';
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

/** Images whose loader looks at no mean and deviation of the configuration. */
const fixed = (
  source: ImageSet['source'],
  normalization: Normalization,
  epsilon: number,
  more: Partial<ImageSet> = {},
): ImageSet => ({ source, normalization, ownNormalization: true, epsilon, ...more });

/** The study's loaders take one batch, normalised as the data set is. */
const study = ({ name, normalization }: DatasetSource): ImageSet => ({
  source: name,
  normalization,
  first: 200,
});

const files = (folder: string, images: string, labels: string): ImageSet['source'] => ({
  images: `datasets/${folder}/${images}.npy`,
  labels: `datasets/${folder}/${labels}.npy`,
});

/** A hundred images that the network classifies rightly. */
const sampled = (model: string, normalization: Normalization, epsilon: number): ImageSet =>
  fixed(files(`sample100_unnormalized/${model}`, 'X', 'y'), normalization, epsilon, { ownEpsilon: true });

/** Sets by name, as configurations write it. @param model name of the network */
const sets: Readonly<Record<string, (model: string) => ImageSet>> = {
  MNIST: () => ({ source: 'mnist' }),
  FashionMNIST: () => study(fashionMnist),
  CIFAR: () => ({ source: 'cifar10' }),
  CIFAR100: () => study(cifar100),
  SVHN: () => study(svhn),
  CIFAR_ERAN: (model) =>
    fixed(
      'cifar10',
      (eranNetwork.test(model) && cifar10.earlier?.normalization) || cifar10.normalization,
      2 / 255,
      { first: 100 },
    ),
  MNIST_ERAN: () => fixed('mnist', mnist.normalization, 0.3, { first: 100 }),
  MNIST_ERAN_UN: () => fixed('mnist', identity, 0.3, { first: 100 }),
  MNIST_MADRY_UN: () => fixed(files('eran/mnist_madry', 'X', 'y'), identity, 0.3),
  CIFAR_SDP: () => fixed(files('sdp/cifar', 'X_sdp', 'y_sdp'), sdp, 2 / 255),
  MNIST_SDP: () => fixed(files('sdp/mnist', 'X_sdp', 'y_sdp'), identity, 0.3),
  CIFAR_SAMPLE: (model) => sampled(model, sdp, 2 / 255),
  MNIST_SAMPLE: (model) => sampled(model, identity, 0.3),
};

export const imageSetNames: readonly string[] = Object.keys(sets);

const plain = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z\d]/g, '');

/** The set of a name, however it is spelled (`FashionMNIST`, `FASHION_MNIST`); undefined where there is none. */
export function imageSetOf(name: string, model = ''): ImageSet | undefined {
  const wanted = plain(name) === 'CIFAR10' ? 'CIFAR' : plain(name);
  const found = imageSetNames.find((known) => plain(known) === wanted);
  return found === undefined ? undefined : sets[found](model);
}
