/** @file Architectures of published verification benchmarks, under the names of the study's and α,β-CROWN's YAMLs. */
import type { Shape } from '../../tensor/index.ts';
import { convThenLinear, halving, same, type Conv, type Model, type ModelBuilder } from './model.ts';
import { residualNetwork, wongResNet, type ResidualChoice } from './residual.ts';

const mnist: Shape = [1, 28, 28];
const cifar: Shape = [3, 32, 32];

/** The network for its own images and ten classes, whatever else is chosen; without batch norm that is asked for. */
const fixed = (name: string, inputShape: Shape, what: string, build: ModelBuilder): Model => ({
  name,
  title: name,
  sentence: `Published benchmark for images of ${inputShape.join('x')}: ${what}.`,
  fixed: { inputShape, classes: 10 },
  build: ({ normalization }) => build({ inputShape, classes: 10, bn: false, normalization }),
});

/** `convolutions of 8, 16 channels, hidden layers of 100 units` */
const chainWords = (convs: readonly Conv[], hidden: readonly number[]): string =>
  [
    ...(convs.length > 0 ? [`convolutions of ${convs.map((c) => c.channels).join(', ')} channels`] : []),
    `hidden layers of ${hidden.join(', ')} units`,
  ].join(', ');

const chain = (name: string, inputShape: Shape, convs: readonly Conv[], hidden: readonly number[]): Model =>
  fixed(name, inputShape, chainWords(convs, hidden), convThenLinear(name, convs, hidden));

/** MNIST networks of linear layers alone: name → hidden widths. */
const perceptrons: Readonly<Record<string, readonly number[]>> = {
  mnist_6_100: new Array<number>(5).fill(100),
  mnist_6_200: new Array<number>(5).fill(200),
  mnist_9_100: new Array<number>(8).fill(100),
  mnist_9_200: new Array<number>(8).fill(200),
  mnist_fc: [10, 10],
  mnist_fc1: new Array<number>(5).fill(200),
  mnist_fc2: [1024, 1024, 1024, 1024, 100],
  mnist_fc3: [1024, 1024, 1024, 1024, 1024, 1024, 100],
  mnist_fc_3_512: new Array<number>(3).fill(512),
  mnist_fc_4_512: new Array<number>(4).fill(512),
  mnist_fc_5_512: new Array<number>(5).fill(512),
  mnist_fc_6_512: new Array<number>(6).fill(512),
  mnist_fc_7_512: new Array<number>(7).fill(512),
};

/** 784-…-10 and convolutional chains on CIFAR-10: name → convolutions, hidden widths. */
const cifarChains: Readonly<Record<string, readonly [readonly Conv[], readonly number[]]>> = {
  ...Object.fromEntries(
    [
      'cifar_cnn_a_adv',
      'cifar_model_wide',
      'cnn_4layer',
      'cnn_4layer_adv',
      'cnn_4layer_adv4',
      'cnn_4layer_mix4',
    ].map((name) => [name, [[halving(16), halving(32)], [100]] as const]),
  ),
  ...Object.fromEntries(
    // SDP-FO's CNN-B: one pixel before, two behind.
    ['cnn_4layer_b', 'cnn_4layer_b4'].map((name) => [
      name,
      [[{ channels: 32, kernel: 5, stride: 2, padding: [1, 1, 2, 2] }, halving(128)], [250]] as const,
    ]),
  ),
  cifar_model_base: [[halving(8), halving(16)], [100]],
  // OVAL's deep network; `cifar_model_deep` is the study's.
  cifar_model_deep_oval: [[halving(8), same(8), same(8), halving(8)], [100]],
  cifar_conv_small: [[halving(16, 0), halving(32, 0)], [100]],
  cifar_conv_big: [
    [same(32), halving(32), same(64), halving(64)],
    [512, 512],
  ],
  cifar_conv1: [
    [halving(8), halving(16)],
    [200, 100],
  ],
  cifar_conv2: [
    [halving(8), halving(16), halving(32)],
    [200, 100],
  ],
  cifar_conv4: [
    [halving(8), halving(16)],
    [1024, 512],
  ],
  cifar_conv5: [
    [halving(16), halving(32)],
    [1024, 512],
  ],
  cifar_conv6: [
    [halving(8), halving(16), halving(32)],
    [512, 512],
  ],
};

/** Madry et al. 2018's network: 5×5 convolutions, each halved by a max-pool or, instead, by its stride. */
const madry = (
  name: string,
  halved: readonly ['pool' | 'stride', 'pool' | 'stride'],
  channels: number,
): Model =>
  chain(
    name,
    mnist,
    halved.map((by, i) => ({
      channels: channels << i,
      kernel: 5,
      padding: 2,
      ...(by === 'pool' ? { pool: true as const } : { stride: 2 }),
    })),
    [32 * channels],
  );

const madryNetworks: readonly Model[] = [
  madry('mnist_madry_secret', ['pool', 'pool'], 32),
  madry('MadryCNN', ['pool', 'pool'], 32),
  madry('MadryCNN_tiny', ['pool', 'pool'], 4),
  madry('MadryCNN_one_maxpool', ['stride', 'pool'], 32),
  madry('MadryCNN_one_maxpool_tiny', ['stride', 'pool'], 4),
  madry('MadryCNN_no_maxpool', ['stride', 'stride'], 32),
  madry('MadryCNN_no_maxpool_tiny', ['stride', 'stride'], 4),
];

/** cresnet<depth>_<channels>_<end>[_bn]: one stage of two blocks for depth 5, two for 7. */
const cresnets: Readonly<Record<string, ResidualChoice>> = Object.fromEntries(
  (
    [
      [5, 4, 1],
      [5, 8, 1],
      [5, 16, 1],
      [7, 4, 2],
      [7, 8, 2],
    ] as const
  ).flatMap(([depth, first, stages]) =>
    [undefined, 100].flatMap((hidden) =>
      [false, true].map((batchNorm) => [
        `cresnet${depth}_${first}_${hidden === undefined ? 'avg' : 'dense'}${batchNorm ? '_bn' : ''}`,
        {
          first,
          stages: new Array<number>(stages).fill(2 * first),
          blocks: 2,
          ...(hidden !== undefined && { hidden }),
          batchNorm,
        },
      ]),
    ),
  ),
);

const residuals: Readonly<Record<string, ResidualChoice>> = {
  resnet2b: { first: 8, stages: [16], blocks: 2, hidden: 100 },
  resnet4b: { first: 16, stages: [32, 32], blocks: 2, hidden: 100 },
  ...cresnets,
};

const built = <T>(
  table: Readonly<Record<string, T>>,
  build: (name: string, choice: T) => Model,
): readonly Model[] => Object.entries(table).map(([name, choice]) => build(name, choice));

export const verifierModels: readonly Model[] = [
  chain('mnist_cnn_4layer', mnist, [halving(16), halving(32)], [100]),
  chain('mnist_cnn_a_adv', mnist, [halving(16), halving(32)], [100]),
  chain('mnist_conv_small', mnist, [halving(16, 0), halving(32, 0)], [100]),
  chain('mnist_conv_big', mnist, [same(32), halving(32), same(64), halving(64)], [512, 512]),
  ...built(perceptrons, (name, hidden) => chain(name, mnist, [], hidden)),
  ...built(cifarChains, (name, [convs, hidden]) => chain(name, cifar, convs, hidden)),
  ...madryNetworks,
  ...built(residuals, (name, choice) =>
    fixed(name, cifar, 'residual network', residualNetwork(name, choice)),
  ),
  fixed('model_resnet', cifar, 'residual network of Wong et al. 2018', wongResNet('model_resnet')),
];
