/** @file The small networks of the study and of the certified-robustness literature. */
import { convThenLinear, type Conv, type Model } from './model.ts';

/** kernel 4, stride 2 */
const halving = (channels: number): Conv => ({ channels, kernel: 4, stride: 2, padding: 1 });
/** kernel 3, stride 1 */
const same = (channels: number): Conv => ({ channels, kernel: 3, stride: 1, padding: 1 });

export const smallModels: Readonly<Record<string, Model>> = {
  // For quick runs.
  cnn_small: { build: convThenLinear('cnn_small', [halving(8), halving(16)], [64]) },
  // The study's small network.
  cifar_model: { build: convThenLinear('cifar_model', [halving(8), halving(16)], [100]) },
  // The study's main network.
  cifar_model_deep: {
    build: convThenLinear(
      'cifar_model_deep',
      [same(32), halving(64), same(64), halving(128), halving(128)],
      [100],
    ),
    // α,β-CROWN's examples say OVAL's deep one so.
    otherMeaning: 'cifar_model_deep_oval',
  },
  // Wong and Kolter's small network: cifar_model with twice the channels.
  cifar_model_16_32: {
    build: convThenLinear('cifar_model_16_32', [halving(16), halving(32)], [100]),
    formerly: 'cifar_model',
  },
  mlp: { build: convThenLinear('mlp', [], [256, 256]) },
};
