import { describe, expect, it } from 'vitest';
import { identityNormalization } from '../../data/normalization.ts';
import { parameterSpecs } from '../parameters.ts';
import { parameterCount } from '../parameters.testing.ts';
import { layerShapes, outputShape } from '../shapes.ts';
import { torchKeys } from '../torchKeys.ts';
import { buildModel, modelNames, models } from './models.ts';

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
    ['vgg11_bn_literature', 132_868_840],
    ['vgg13_bn_literature', 133_053_736],
    ['vgg16_bn_literature', 138_365_992],
    ['vgg19_bn_literature', 143_678_248],
    ['AlexNet_literature', 61_100_840],
  ])('%s on ImageNet: %i, as in torchvision', (name, count) => {
    expect(parameterCount(build(name, 224, 1000))).toBe(count);
  });

  // Ten classes, with batch norm; the study's counts as summed in PyTorch.
  it.each([
    ['cifar_model', 106_014],
    ['cifar_model_deep', 670_870],
    ['cnn_b_adv', 2_119_176],
    ['cnn_7layer_bn', 17_191_626],
    ['resnet20s', 68_786],
    ['resnet32s', 117_288],
    ['resnet44s', 166_120],
    ['resnet56s', 214_952],
    ['resnet18', 11_173_962],
    ['resnet50', 23_520_842],
    ['vgg11_bn', 9_231_114],
    ['vgg13_bn', 9_416_010],
    ['vgg16_bn', 14_728_266],
    ['vgg19_bn', 20_040_522],
    ['AlexNet', 23_272_266],
    ['alexnet', 23_272_266],
    ['cnn_4layer_b', 2_118_856],
    ['cnn_4layer_b4', 2_118_856],
    ['cnn_4layer_adv4', 214_918],
    ['cnn_4layer_mix4', 214_918],
    ['cifar_conv1', 228_566],
    ['cifar_conv2', 134_390],
    ['cifar_conv4', 1_581_986],
    ['cifar_conv5', 2_637_114],
    ['cifar_conv6', 541_122],
    ['cresnet5_16_avg', 34_666],
    ['cresnet5_8_dense_bn', 112_094],
    ['cresnet7_4_avg_bn', 4_782],
    ['cresnet7_8_dense', 44_758],
    ['model_resnet', 4_214_850],
    // The literature's (resnet…s_16_32_64 with parameterless shortcuts).
    ['cifar_model_16_32', 215_014],
    ['resnet20s_16_32_64', 269_722],
    ['resnet32s_16_32_64', 464_154],
    ['resnet44s_16_32_64', 658_586],
    ['resnet56s_16_32_64', 853_018],
    ['resnet110s_16_32_64', 1_727_962],
    ['resnet34', 21_282_122],
    ['vgg16_bn_literature', 14_728_266],
    ['AlexNet_literature', 2_472_266],
    ['cnn_7layer_bn_literature', 17_192_650],
    ['cnn_b_adv_sdp', 2_119_176],
  ])('%s on CIFAR-10: %i', (name, count) => {
    expect(parameterCount(build(name, 32, 10))).toBe(count);
  });

  it.each([
    ['cifar_model_deep', 580_694],
    ['mnist_fc', 8_070],
    ['mnist_fc1', 319_810],
    ['mnist_fc2', 4_056_150],
    ['mnist_fc3', 6_155_350],
    ['mnist_fc_3_512', 932_362],
    ['mnist_fc_7_512', 1_982_986],
    ['MadryCNN', 3_274_634],
    ['MadryCNN_one_maxpool', 3_274_634],
    ['MadryCNN_no_maxpool_tiny', 52_506],
    ['mnist_conv_big', 1_974_762],
  ])('%s on MNIST: %i', (name, count) => {
    expect(parameterCount(build(name, 28, 10, 1))).toBe(count);
  });

  it('networks with optional batch norm, by the sum of their layers', () => {
    expect(parameterCount(build('cnn_b_adv', 32, 10, 3, false))).toBe(2432 + 65_664 + 2_048_250 + 2510);
    const bn = 2 * (64 + 64 + 3 * 128 + 512);
    expect(parameterCount(build('cnn7', 32, 10, 3, false))).toBe(17_192_650 - bn);
    expect(parameterCount(build('cnn7', 32, 10, 3, true))).toBe(17_192_650);
  });
});

describe('networks of the same shapes', () => {
  const layersOf = (name: string, kind: string) =>
    build(name, 32, 10).layers.filter((layer) => layer.kind === kind);

  it('cnn_b_adv pads by two on every side, SDP-FO by one and two', () => {
    expect(layersOf('cnn_b_adv', 'conv2d')[0]).toMatchObject({ padding: [2, 2, 2, 2] });
    for (const name of ['cnn_b_adv_sdp', 'cnn_4layer_b', 'cnn_4layer_b4'])
      expect(layersOf(name, 'conv2d')[0]).toMatchObject({ padding: [1, 1, 2, 2] });
  });

  it('vgg pools four times and averages over 2x2 pixels, in the literature five times', () => {
    expect(layersOf('vgg16_bn', 'maxPool2d')).toHaveLength(4);
    expect(layersOf('vgg16_bn', 'globalAvgPool2d')[0].inputs).toEqual(['relu13']);
    expect(layerShapes(build('vgg16_bn', 32, 10)).get('relu13')).toEqual([512, 2, 2]);
    expect(layersOf('vgg16_bn_literature', 'maxPool2d')).toHaveLength(5);
  });

  it('every model knows its keys in PyTorch, each once', () => {
    for (const name of modelNames('trained')) {
      const network = build(name, 32, 10);
      const keys = torchKeys(network).map(({ torchKey }) => torchKey);
      expect(keys, name).toHaveLength(parameterSpecs(network).length);
      expect(new Set(keys).size, name).toBe(keys.length);
    }
    for (const name of modelNames('published')) {
      const network = buildModel(name, { ...models.named(name).fixed!, bn: false });
      expect(torchKeys(network).length).toBe(parameterSpecs(network).length);
    }
  });
});

describe('the whole zoo', () => {
  it.each(modelNames('trained'))('%s takes 28x28 grey and 64x64 colour images', (name) => {
    for (const [side, channels, classes] of [
      [28, 1, 10],
      [64, 3, 200],
    ]) {
      const network = build(name, side, classes, channels);
      // The study's deeper small residual networks have no classifier: averages of 32 channels are the logits.
      const averages = /^resnet(32|44|56)s$/.test(name);
      expect(outputShape(network)).toEqual([averages ? 32 : classes]);
      expect(network.layers.at(-1)!.kind).toBe(averages ? 'flatten' : 'linear');
      expect(new Set(network.layers.map((l) => l.name)).size).toBe(network.layers.length);
      for (const shape of layerShapes(network).values()) expect(Math.min(...shape)).toBeGreaterThan(0);
    }
  });
});
