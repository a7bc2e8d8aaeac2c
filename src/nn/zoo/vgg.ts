/** @file VGG with batch norm (Simonyan and Zisserman 2015) and AlexNet (Krizhevsky 2014), for small and large images. */
import { graph, type GraphBuilder } from './graph.ts';
import type { ModelBuilder } from './model.ts';

/** Pixels a side from which the ImageNet classifier is used: two hidden layers of 4096 with dropout. */
const largeImage = 128;
const dropoutRate = 0.5;

/** `M` halves the image, a number is a 3×3 convolution with that many channels. */
type VggPlan = readonly (number | 'M')[];

/** Convolutions a stage → plan. */
const planOf = (stages: readonly number[]): VggPlan =>
  stages.flatMap((count, stage) => [
    ...new Array<number>(count).fill(Math.min(512, 64 << stage)),
    'M' as const,
  ]);

/** Small images end at one pixel: the logits follow at once. What has become one pixel is not pooled again. */
const vgg =
  (name: string, stages: readonly number[]): ModelBuilder =>
  ({ classes, inputShape, normalization }) => {
    const net = graph(name, inputShape);
    let x = net.normalize('input', normalization);
    for (const step of planOf(stages)) {
      if (step !== 'M') x = net.relu(net.batchNorm(net.conv(x, step, { kernel: 3, padding: 1 })));
      else if (net.shapeOf(x)[1] > 1) x = net.maxPool(x, 2, 2);
    }
    x = net.flatten(x);
    if (inputShape[1] >= largeImage)
      for (let i = 0; i < 2; i++) x = net.dropout(net.relu(net.linear(x, 4096)), dropoutRate);
    net.linear(x, classes);
    return net.build('vgg');
  };

const convRelu = (
  net: GraphBuilder,
  from: string,
  channels: number,
  kernel: number,
  padding: number,
): string => net.relu(net.conv(from, channels, { kernel, padding }));

/** Large images: PyTorch's, small ones: the usual CIFAR form. Without batch norm: the choice `bn` has no effect. */
const alexNet: ModelBuilder = ({ classes, inputShape, normalization }) => {
  const net = graph('AlexNet', inputShape);
  const large = inputShape[1] >= largeImage;
  const pool = (from: string): string => net.maxPool(from, large ? 3 : 2, 2);
  const pixels = net.normalize('input', normalization);
  const first = { kernel: 11, stride: 4, padding: large ? 2 : 5 };
  let x = pool(net.relu(net.conv(pixels, 64, first)));
  x = pool(convRelu(net, x, 192, 5, 2));
  x = convRelu(net, x, 384, 3, 1);
  x = convRelu(net, x, 256, 3, 1);
  x = convRelu(net, x, 256, 3, 1);
  if (net.shapeOf(x)[1] > 1) x = pool(x);
  x = net.flatten(x);
  if (large) for (let i = 0; i < 2; i++) x = net.relu(net.linear(net.dropout(x, dropoutRate), 4096));
  net.linear(x, classes);
  return net.build();
};

export const vggs: Readonly<Record<string, ModelBuilder>> = {
  vgg11_bn: vgg('vgg11_bn', [1, 1, 2, 2, 2]),
  vgg13_bn: vgg('vgg13_bn', [2, 2, 2, 2, 2]),
  vgg16_bn: vgg('vgg16_bn', [2, 2, 3, 3, 3]),
  vgg19_bn: vgg('vgg19_bn', [2, 2, 4, 4, 4]),
  AlexNet: alexNet,
};
