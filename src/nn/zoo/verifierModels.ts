/** @file Architectures of published verification benchmarks, under α,β-CROWN's names and those of the weights' files. */
import type { Normalization } from '../../data/normalization.ts';
import type { Shape } from '../../tensor/index.ts';
import type { Network } from '../network.ts';
import { residualNetwork } from './residual.ts';
import { sequential, type ConvChoice } from './sequential.ts';

/** Fixed in everything but an optional normalisation of raw pixels as first layer. */
export type Architecture = (normalization?: Normalization) => Network;

type Conv = ConvChoice & { readonly channels: number };

/** kernel 4, stride 2 */
const halving = (channels: number, padding = 1): Conv => ({ channels, kernel: 4, stride: 2, padding });
/** kernel 3, stride 1 */
const same = (channels: number): Conv => ({ channels, kernel: 3, stride: 1, padding: 1 });

const mnist: Shape = [1, 28, 28];
const cifar: Shape = [3, 32, 32];

/** Convolutions, hidden linear layers, ten logits; ReLU between all. */
const chain =
  (name: string, inputShape: Shape, convs: readonly Conv[], hidden: readonly number[]): Architecture =>
  (normalization) => {
    let net = sequential(name, inputShape);
    if (normalization) net = net.normalize(normalization);
    for (const { channels, ...choice } of convs) net = net.conv(channels, choice).relu();
    net = net.flatten();
    for (const width of hidden) net = net.linear(width).relu();
    return net.linear(10).build();
  };

const perceptron = (name: string, depth: number, width: number): Architecture =>
  chain(
    name,
    mnist,
    [],
    Array.from({ length: depth - 1 }, () => width),
  );

const mnistCnnA = (name: string): Architecture => chain(name, mnist, [halving(16), halving(32)], [100]);

const cnnA = (name: string): Architecture => chain(name, cifar, [halving(16), halving(32)], [100]);

const big = (name: string, inputShape: Shape): Architecture =>
  chain(name, inputShape, [same(32), halving(32), same(64), halving(64)], [512, 512]);

export const verifierModels: Readonly<Record<string, Architecture>> = {
  mnist_cnn_4layer: mnistCnnA('mnist_cnn_4layer'),
  mnist_cnn_a_adv: mnistCnnA('mnist_cnn_a_adv'),
  cifar_cnn_a_adv: cnnA('cifar_cnn_a_adv'),
  cnn_4layer: cnnA('cnn_4layer'),
  cnn_4layer_adv: cnnA('cnn_4layer_adv'),
  cifar_model_base: chain('cifar_model_base', cifar, [halving(8), halving(16)], [100]),
  cifar_model_wide: cnnA('cifar_model_wide'),
  cifar_model_deep: chain('cifar_model_deep', cifar, [halving(8), same(8), same(8), halving(8)], [100]),
  cifar_conv_small: chain('cifar_conv_small', cifar, [halving(16, 0), halving(32, 0)], [100]),
  cifar_conv_big: big('cifar_conv_big', cifar),
  mnist_conv_small: chain('mnist_conv_small', mnist, [halving(16, 0), halving(32, 0)], [100]),
  mnist_conv_big: big('mnist_conv_big', mnist),
  mnist_6_100: perceptron('mnist_6_100', 6, 100),
  mnist_6_200: perceptron('mnist_6_200', 6, 200),
  mnist_9_100: perceptron('mnist_9_100', 9, 100),
  mnist_9_200: perceptron('mnist_9_200', 9, 200),
  resnet2b: residualNetwork('resnet2b', cifar, { first: 8, stages: [16], blocks: 2, hidden: 100 }),
  resnet4b: residualNetwork('resnet4b', cifar, { first: 16, stages: [32, 32], blocks: 2, hidden: 100 }),
};
