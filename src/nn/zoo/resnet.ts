/** @file Residual networks with batch norm (He et al. 2016): the CIFAR family and the ImageNet family. */
import { graph, type GraphBuilder } from './graph.ts';
import type { ModelBuilder } from './model.ts';

/** Pixels a side from which the ImageNet stem is used: 7×7 stride 2 and max pooling instead of 3×3. */
const largeImage = 128;

/** Adds relu(F(x) + shortcut(x)) and returns its name. */
type Block = (net: GraphBuilder, x: string, channels: number, stride: number) => string;

/** Two 3×3 convolutions, without the ReLU behind the sum. */
function twoConvolutions(net: GraphBuilder, x: string, channels: number, stride: number): string {
  const first = net.batchNorm(net.conv(x, channels, { kernel: 3, stride, padding: 1, bias: false }));
  return net.batchNorm(net.conv(net.relu(first), channels, { kernel: 3, padding: 1, bias: false }));
}

/** x itself, or where the shape changes a 1×1 convolution with batch norm (option B). */
function projection(net: GraphBuilder, x: string, channels: number, stride: number): string {
  if (stride === 1 && net.shapeOf(x)[0] === channels) return x;
  return net.batchNorm(net.conv(x, channels, { kernel: 1, stride, bias: false }));
}

const basic: Block = (net, x, channels, stride) => {
  const inner = twoConvolutions(net, x, channels, stride);
  return net.relu(net.add(inner, projection(net, x, channels, stride)));
};

/** Shortcuts without parameters: every second pixel, zero channels (option A, ibid., §4.2). */
const basicSubsampled: Block = (net, x, channels, stride) => {
  const inner = twoConvolutions(net, x, channels, stride);
  const changed = stride !== 1 || net.shapeOf(x)[0] !== channels;
  return net.relu(net.add(inner, changed ? net.subsample(x, channels) : x));
};

/** 1×1, 3×3 (with the stride, as PyTorch has it), 1×1 to four times the channels. */
const bottleneck: Block = (net, x, channels, stride) => {
  const narrow = net.relu(net.batchNorm(net.conv(x, channels, { kernel: 1, bias: false })));
  const middle = net.conv(narrow, channels, { kernel: 3, stride, padding: 1, bias: false });
  const wide = net.conv(net.relu(net.batchNorm(middle)), 4 * channels, { kernel: 1, bias: false });
  return net.relu(net.add(net.batchNorm(wide), projection(net, x, 4 * channels, stride)));
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
}

/** Batch norm is part of the architecture: the choice `bn` has no effect. */
const resNet =
  (name: string, { block, stem, stages, blocks, imageNet }: ResNetChoice): ModelBuilder =>
  ({ classes, inputShape, normalization }) => {
    const net = graph(name, inputShape);
    const large = imageNet && inputShape[1] >= largeImage;
    const pixels = net.normalize('input', normalization);
    const first = net.conv(
      pixels,
      stem,
      large ? { kernel: 7, stride: 2, padding: 3, bias: false } : { kernel: 3, padding: 1, bias: false },
    );
    let x = net.relu(net.batchNorm(first));
    if (large) x = net.maxPool(x, 3, 2, 1);
    stages.forEach((channels, stage) => {
      for (let i = 0; i < blocks[stage]; i++) x = block(net, x, channels, stage > 0 && i === 0 ? 2 : 1);
    });
    net.linear(net.flatten(net.globalAvgPool(x)), classes);
    return net.build(imageNet ? 'fanOutNormal' : 'kaimingNormal');
  };

/** depth = 6n + 2: three stages of n blocks with 16, 32, 64 channels (ibid., §4.2). */
const cifarResNet = (depth: number): ModelBuilder => {
  const n = (depth - 2) / 6;
  return resNet(`resnet${depth}s`, {
    block: basicSubsampled,
    stem: 16,
    stages: [16, 32, 64],
    blocks: [n, n, n],
    imageNet: false,
  });
};

/** Four stages with 64 … 512 channels (ibid., table 1). */
const imageNetResNet = (depth: number, block: Block, blocks: readonly number[]): ModelBuilder =>
  resNet(`resnet${depth}`, { block, stem: 64, stages: [64, 128, 256, 512], blocks, imageNet: true });

export const resNets: Readonly<Record<string, ModelBuilder>> = {
  resnet20s: cifarResNet(20),
  resnet32s: cifarResNet(32),
  resnet44s: cifarResNet(44),
  resnet56s: cifarResNet(56),
  resnet110s: cifarResNet(110),
  resnet18: imageNetResNet(18, basic, [2, 2, 2, 2]),
  resnet34: imageNetResNet(34, basic, [3, 4, 6, 3]),
  resnet50: imageNetResNet(50, bottleneck, [3, 4, 6, 3]),
};
