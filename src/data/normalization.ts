/** @file The one normalisation of each dataset: x ↦ (x − mean) / std per channel, x in raw pixels 0..1. */

/** Per-channel mean and standard deviation of raw pixels 0..1. Networks carry it as their first operation. */
export interface Normalization {
  mean: number[];
  std: number[];
}

/**
 * Normalisations by dataset name, fixed so that a stored ε keeps its meaning: epsilonNormalized = epsilon / std.
 * Means are those of the training images, rounded. So are the standard deviations of MNIST, CIFAR-100 and SVHN;
 * those of CIFAR-10 and ImageNet-64 are the mean standard deviation within one image, as widely used (over all pixels
 * CIFAR-10 has .247, .243, .262); ImageNet-64's are those of auto_LiRPA's examples. FashionMNIST's .315 is the study's
 * (over all pixels .353). The study's two halves differ on
 * CIFAR-10; here there is one.
 */
export const normalizations = {
  mnist: { mean: [0.1307], std: [0.3081] },
  fashionMnist: { mean: [0.286], std: [0.315] },
  cifar10: { mean: [0.4914, 0.4822, 0.4465], std: [0.2023, 0.1994, 0.201] },
  cifar100: { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] },
  svhn: { mean: [0.4377, 0.4438, 0.4728], std: [0.198, 0.201, 0.197] },
  imagenet64: { mean: [0.4815, 0.4578, 0.4082], std: [0.2153, 0.2111, 0.2121] },
} satisfies Record<string, Normalization>;

/** The normalisation that changes nothing, for raw-pixel networks of `channels` channels. */
export function identityNormalization(channels: number): Normalization {
  return { mean: new Array<number>(channels).fill(0), std: new Array<number>(channels).fill(1) };
}
