/** @file The small convolutional networks of the study and of the certified-robustness literature. */
import { convThenLinear } from './model.ts';

/** The study's small network: two strided convolutions, 100 hidden units. */
export const cifarModel = convThenLinear(
  'cifar_model',
  [
    { channels: 8, kernel: 4, stride: 2, padding: 1 },
    { channels: 16, kernel: 4, stride: 2, padding: 1 },
  ],
  [100],
);

/** Wong and Kolter's small network: the same with twice the channels. */
export const cifarModelWide = convThenLinear(
  'cifar_model_16_32',
  [
    { channels: 16, kernel: 4, stride: 2, padding: 1 },
    { channels: 32, kernel: 4, stride: 2, padding: 1 },
  ],
  [100],
);

/** The study's main network: five convolutions, 100 hidden units. */
export const cifarModelDeep = convThenLinear(
  'cifar_model_deep',
  [
    { channels: 32, kernel: 3, stride: 1, padding: 1 },
    { channels: 64, kernel: 4, stride: 2, padding: 1 },
    { channels: 64, kernel: 3, stride: 1, padding: 1 },
    { channels: 128, kernel: 4, stride: 2, padding: 1 },
    { channels: 128, kernel: 4, stride: 2, padding: 1 },
  ],
  [100],
);

/** For quick runs: two strided convolutions of 8 and 16 channels, 64 hidden units. */
export const cnnSmall = convThenLinear(
  'cnn_small',
  [
    { channels: 8, kernel: 4, stride: 2, padding: 1 },
    { channels: 16, kernel: 4, stride: 2, padding: 1 },
  ],
  [64],
);
