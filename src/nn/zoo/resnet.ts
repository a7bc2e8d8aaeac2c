/** @file Residual networks with batch norm (He et al. 2016): the study's, the CIFAR family and the ImageNet family. */
import { graph, type GraphBuilder } from './graph.ts';
import type { Model, ModelBuilder } from './model.ts';

/** Pixels a side from which the ImageNet stem is used: 7×7 stride 2 and max pooling instead of 3×3. */
const largeImage = 128;

interface BlockChoice {
  readonly channels: number;
  readonly stride: number;
  /** Path of the block in PyTorch's state dict. */
  readonly module: string;
}

/** Adds relu(F(x) + shortcut(x)) and returns its name. */
type Block = (net: GraphBuilder, x: string, choice: BlockChoice) => string;

/** Modules of the i-th convolution of a block and its batch norm. */
const numbered = (module: string, i: number): [string, string] => [`${module}.conv${i}`, `${module}.bn${i}`];

/** Two 3×3 convolutions, without the ReLU behind the sum. */
function twoConvolutions(net: GraphBuilder, x: string, { channels, stride, module }: BlockChoice): string {
  const conv = { kernel: 3, padding: 1 };
  const first = net.convNorm(x, channels, { ...conv, stride }, numbered(module, 1));
  return net.convNorm(net.relu(first), channels, conv, numbered(module, 2));
}

/** x itself, or where the shape changes a 1×1 convolution with batch norm (option B). */
function projection(net: GraphBuilder, x: string, { channels, stride, module }: BlockChoice): string {
  if (stride === 1 && net.shapeOf(x)[0] === channels) return x;
  return net.convNorm(x, channels, { kernel: 1, stride }, [`${module}.0`, `${module}.1`]);
}

/** @param shortcut name of the shortcut in PyTorch's block */
const basic =
  (shortcut: string): Block =>
  (net, x, choice) => {
    const inner = twoConvolutions(net, x, choice);
    return net.relu(
      net.add(inner, projection(net, x, { ...choice, module: `${choice.module}.${shortcut}` })),
    );
  };

/** Shortcuts without parameters: every second pixel, zero channels (option A, ibid., §4.2). */
const basicSubsampled: Block = (net, x, choice) => {
  const inner = twoConvolutions(net, x, choice);
  const changed = choice.stride !== 1 || net.shapeOf(x)[0] !== choice.channels;
  return net.relu(net.add(inner, changed ? net.subsample(x, choice.channels) : x));
};

/** 1×1, 3×3 (with the stride, as PyTorch has it), 1×1 to four times the channels. */
const bottleneck: Block = (net, x, { channels, stride, module }) => {
  const narrow = net.relu(net.convNorm(x, channels, { kernel: 1 }, numbered(module, 1)));
  const kernel = { kernel: 3, stride, padding: 1 };
  const middle = net.relu(net.convNorm(narrow, channels, kernel, numbered(module, 2)));
  const wide = net.convNorm(middle, 4 * channels, { kernel: 1 }, numbered(module, 3));
  const shortcut = { channels: 4 * channels, stride, module: `${module}.downsample` };
  return net.relu(net.add(wide, projection(net, x, shortcut)));
};

interface ResNetChoice {
  readonly block: Block;
  /** Channels of the first convolution and of each stage. */
  readonly stem: number;
  readonly stages: readonly number[];
  /** Blocks of each stage. */
  readonly blocks: readonly number[];
  /** torchvision's: large images get the ImageNet stem. */
  readonly imageNet: boolean;
  /** Stands before the paths of stem and stages in PyTorch's state dict. */
  readonly prefix?: string;
  /** Path of the classifier; none: the averages of the last channels are the logits. */
  readonly classifier?: string;
}

/** Batch norm is part of the architecture: the choice `bn` has no effect. */
const resNet =
  (name: string, choice: ResNetChoice): ModelBuilder =>
  ({ classes, inputShape, normalization }) => {
    const { block, stem, stages, blocks, imageNet, prefix = '', classifier } = choice;
    const net = graph(name, inputShape);
    const large = imageNet && inputShape[1] >= largeImage;
    const pixels = net.normalize('input', normalization);
    const kernel = large ? { kernel: 7, stride: 2, padding: 3 } : { kernel: 3, padding: 1 };
    let x = net.relu(net.convNorm(pixels, stem, kernel, [`${prefix}conv1`, `${prefix}bn1`]));
    if (large) x = net.maxPool(x, 3, 2, 1);
    stages.forEach((channels, stage) => {
      for (let i = 0; i < blocks[stage]; i++)
        x = block(net, x, {
          channels,
          stride: stage > 0 && i === 0 ? 2 : 1,
          module: `${prefix}layer${stage + 1}.${i}`,
        });
    });
    const averages = net.flatten(net.globalAvgPool(x));
    if (classifier !== undefined) net.linear(averages, classes, classifier);
    return net.build(imageNet ? 'fanOutNormal' : 'kaimingNormal');
  };

/** Blocks of each of three stages where depth = 6n + 2 (ibid., §4.2). */
const threeStages = (depth: number): number[] => new Array<number>(3).fill((depth - 2) / 6);

/**
 * The study's: stages of 8, 16, 32 channels and shortcuts with parameters. Only the shallowest has a classifier; of
 * the deeper ones the 32 averages are the logits, of which those behind the classes belong to none.
 */
const studyResNet = (depth: number): Model => ({
  name: `resnet${depth}s`,
  title: `ResNet-${depth}, small`,
  sentence: `Residual network of ${depth} layers, stages of 8, 16 and 32 channels: the study’s.`,
  build: resNet(`resnet${depth}s`, {
    block: basic('shortcut'),
    stem: 8,
    stages: [8, 16, 32],
    blocks: threeStages(depth),
    imageNet: false,
    ...(depth === 20 && { prefix: 'resnet.', classifier: 'fc' }),
  }),
});

/** The literature's: stages of 16, 32, 64 channels and shortcuts without parameters. */
const cifarResNet = (depth: number): Model => ({
  name: `resnet${depth}s_16_32_64`,
  title: `ResNet-${depth} for CIFAR`,
  sentence: `Residual network of ${depth} layers, stages of 16, 32 and 64 channels (He et al. 2016, §4.2).`,
  build: resNet(`resnet${depth}s_16_32_64`, {
    block: basicSubsampled,
    stem: 16,
    stages: [16, 32, 64],
    blocks: threeStages(depth),
    imageNet: false,
    classifier: 'linear',
  }),
  formerly: `resnet${depth}s`,
});

/** Four stages with 64 … 512 channels (ibid., table 1). */
const imageNetResNet = (depth: number, block: Block, blocks: readonly number[]): Model => ({
  name: `resnet${depth}`,
  title: `ResNet-${depth}`,
  sentence: `Residual network of ${depth} layers, stages of 64 to 512 channels (He et al. 2016, table 1).`,
  build: resNet(`resnet${depth}`, {
    block,
    stem: 64,
    stages: [64, 128, 256, 512],
    blocks,
    imageNet: true,
    classifier: 'fc',
  }),
  normalizesInside: true,
});

export const resNets: readonly Model[] = [
  ...[20, 32, 44, 56].map(studyResNet),
  ...[20, 32, 44, 56, 110].map(cifarResNet),
  imageNetResNet(18, basic('downsample'), [2, 2, 2, 2]),
  imageNetResNet(34, basic('downsample'), [3, 4, 6, 3]),
  imageNetResNet(50, bottleneck, [3, 4, 6, 3]),
];
