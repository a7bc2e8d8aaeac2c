import { describe, expect, it } from 'vitest';
import { identityNormalization } from '../../data/normalization.ts';
import { parameterCount } from '../parameters.ts';
import { layerShapes, outputShape } from '../shapes.ts';
import { buildModel, models } from './models.ts';

const build = (name: string, side: number, classes: number, channels = 3, bn = true) =>
  buildModel(name, {
    classes,
    inputShape: [channels, side, side],
    bn,
    normalization: identityNormalization(channels),
  });

describe('parameter counts', () => {
  // Counts of torchvision's models (224 pixels, 1000 classes).
  it.each([
    ['resnet18', 11_689_512],
    ['resnet34', 21_797_672],
    ['resnet50', 25_557_032],
    ['vgg11_bn', 132_868_840],
    ['vgg13_bn', 133_053_736],
    ['vgg16_bn', 138_365_992],
    ['vgg19_bn', 143_678_248],
    ['AlexNet', 61_100_840],
  ])('%s on ImageNet: %i, as in torchvision', (name, count) => {
    expect(parameterCount(build(name, 224, 1000))).toBe(count);
  });

  // Counts of the usual PyTorch definitions for CIFAR-10 (resnet…s with parameterless shortcuts).
  it.each([
    ['resnet20s', 269_722],
    ['resnet32s', 464_154],
    ['resnet44s', 658_586],
    ['resnet56s', 853_018],
    ['resnet110s', 1_727_962],
    ['resnet18', 11_173_962],
    ['resnet34', 21_282_122],
    ['resnet50', 23_520_842],
    ['vgg11_bn', 9_231_114],
    ['vgg13_bn', 9_416_010],
    ['vgg16_bn', 14_728_266],
    ['vgg19_bn', 20_040_522],
    ['AlexNet', 2_472_266],
    ['cnn_7layer_bn', 17_192_650],
  ])('%s on CIFAR-10: %i', (name, count) => {
    expect(parameterCount(build(name, 32, 10))).toBe(count);
  });

  it('networks with optional batch norm, by the sum of their layers', () => {
    expect(parameterCount(build('cnn_b_adv', 32, 10, 3, false))).toBe(2432 + 65_664 + 2_048_250 + 2510);
    const bn = 2 * (64 + 64 + 3 * 128 + 512);
    expect(parameterCount(build('cnn7', 32, 10, 3, false))).toBe(17_192_650 - bn);
    expect(parameterCount(build('cnn7', 32, 10, 3, true))).toBe(17_192_650);
  });
});

describe('the whole zoo', () => {
  it.each(Object.keys(models))('%s takes 28x28 grey and 64x64 colour images', (name) => {
    for (const [side, channels, classes] of [
      [28, 1, 10],
      [64, 3, 200],
    ]) {
      const network = build(name, side, classes, channels);
      expect(outputShape(network)).toEqual([classes]);
      expect(network.layers.at(-1)!.kind).toBe('linear');
      expect(new Set(network.layers.map((l) => l.name)).size).toBe(network.layers.length);
      for (const shape of layerShapes(network).values()) expect(Math.min(...shape)).toBeGreaterThan(0);
    }
  });
});
