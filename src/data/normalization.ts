/** @file The normalisation of each dataset: x ↦ (x − mean) / std per channel, x in raw pixels 0..1. */

/** Per-channel mean and standard deviation of raw pixels 0..1. Networks carry it as their first operation. */
export interface Normalization {
  mean: number[];
  std: number[];
}

/**
 * Normalisations by dataset name: the study's, whose two halves agree. Its FashionMNIST deviation .315 is not that of
 * all pixels (.353), and SVHN is taken as it is. MNIST: mean and deviation of all training pixels; ImageNet-64, which the
 * study does not use: those of auto_LiRPA's examples.
 */
export const normalizations = {
  mnist: { mean: [0.1307], std: [0.3081] },
  fashionMnist: { mean: [0.286], std: [0.315] },
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
  cifar100: { mean: [0.5071, 0.4866, 0.4409], std: [0.2673, 0.2564, 0.2762] },
  svhn: { mean: [0, 0, 0], std: [1, 1, 1] },
  imagenet64: { mean: [0.4815, 0.4578, 0.4082], std: [0.2153, 0.2111, 0.2121] },
} satisfies Record<string, Normalization>;

/**
 * What runs began with before the study's were taken: CIFAR-10 by the mean deviation within one image, as widely used;
 * CIFAR-100 and SVHN by their own pixels. A run keeps its own: epsilonNormalized = epsilon / std.
 */
export const earlierNormalizations = {
  ...normalizations,
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  cifar100: { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] },
  svhn: { mean: [0.4377, 0.4438, 0.4728], std: [0.198, 0.201, 0.197] },
} satisfies Record<string, Normalization>;

/** The normalisation that changes nothing, for raw-pixel networks of `channels` channels. */
export function identityNormalization(channels: number): Normalization {
  return { mean: new Array<number>(channels).fill(0), std: new Array<number>(channels).fill(1) };
}
