/** @file The small networks of the study and of the certified-robustness literature. */
import { convThenLinear, halving, same, type Model } from './model.ts';

export const smallModels: readonly Model[] = [
  {
    name: 'cnn_small',
    title: 'CNN small',
    sentence: 'For quick runs: two strided convolutions of 8 and 16 channels, 64 hidden units.',
    build: convThenLinear('cnn_small', [halving(8), halving(16)], [64]),
  },
  {
    name: 'cifar_model',
    title: 'CIFAR model',
    sentence: 'The study’s small network: two strided convolutions of 8 and 16 channels, 100 hidden units.',
    build: convThenLinear('cifar_model', [halving(8), halving(16)], [100]),
  },
  {
    name: 'cifar_model_deep',
    title: 'CIFAR model, deep',
    sentence: 'The study’s main network: five convolutions of 32 to 128 channels, 100 hidden units.',
    build: convThenLinear(
      'cifar_model_deep',
      [same(32), halving(64), same(64), halving(128), halving(128)],
      [100],
    ),
    // α,β-CROWN's examples say OVAL's deep one so.
    otherMeaning: 'cifar_model_deep_oval',
  },
  {
    name: 'cifar_model_16_32',
    title: 'CIFAR model of Wong and Kolter',
    sentence: 'Wong and Kolter’s small network: cifar_model with twice the channels.',
    build: convThenLinear('cifar_model_16_32', [halving(16), halving(32)], [100]),
    formerly: 'cifar_model',
  },
  {
    name: 'mlp',
    title: 'perceptron',
    sentence: 'Two hidden layers of 256 units on the pixels.',
    build: convThenLinear('mlp', [], [256, 256]),
  },
];
