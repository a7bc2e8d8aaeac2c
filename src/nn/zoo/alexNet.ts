/** @file AlexNet (Krizhevsky et al. 2012): the study's form for small images, and PyTorch's. */
import { graph, type GraphBuilder } from './graph.ts';
import type { Model, ModelBuilder } from './model.ts';
import { dropoutRate, largeImage } from './vgg.ts';

/** The three convolutions before the last pooling, of 384, 256 and 256 channels. */
function lastConvolutions(net: GraphBuilder, from: string): string {
  const convRelu = (x: string, channels: number, module: string): string =>
    net.relu(net.conv(x, channels, { kernel: 3, padding: 1, module }));
  return convRelu(convRelu(convRelu(from, 384, 'features.6'), 256, 'features.8'), 256, 'features.10');
}

/** Two hidden layers of 4096, dropout before each. */
function hidden(net: GraphBuilder, from: string): string {
  let x = from;
  for (const i of [1, 4]) x = net.relu(net.linear(net.dropout(x, dropoutRate), 4096, `classifier.${i}`));
  return x;
}

/** 3×3 kernels, the first with stride 2, and 2×2 max-pools. Without batch norm: the choice `bn` has no effect. */
const study =
  (name: string): ModelBuilder =>
  ({ classes, inputShape, normalization }) => {
    const net = graph(name, inputShape);
    const pixels = net.normalize('input', normalization);
    const pool = (from: string): string => net.maxPool(from, 2, 2);
    const first = { kernel: 3, stride: 2, padding: 1, module: 'features.0' };
    let x = pool(net.relu(net.conv(pixels, 64, first)));
    x = pool(net.relu(net.conv(x, 192, { kernel: 3, padding: 1, module: 'features.3' })));
    x = pool(lastConvolutions(net, x));
    net.linear(hidden(net, net.flatten(x)), classes, 'fc');
    return net.build();
  };

/** Large images: PyTorch's (2014), small ones: the usual CIFAR form, whose logits follow the last pixel at once. */
const literature: ModelBuilder = ({ classes, inputShape, normalization }) => {
  const net = graph('AlexNet_literature', inputShape);
  const large = inputShape[1] >= largeImage;
  const pool = (from: string): string => net.maxPool(from, large ? 3 : 2, 2);
  const pixels = net.normalize('input', normalization);
  const first = { kernel: 11, stride: 4, padding: large ? 2 : 5, module: 'features.0' };
  let x = pool(net.relu(net.conv(pixels, 64, first)));
  x = pool(net.relu(net.conv(x, 192, { kernel: 5, padding: 2, module: 'features.3' })));
  x = lastConvolutions(net, x);
  if (net.shapeOf(x)[1] > 1) x = pool(x);
  x = net.flatten(x);
  if (large) x = hidden(net, x);
  net.linear(x, classes, large ? 'classifier.6' : 'classifier');
  return net.build();
};

const studyAlexNet = (name: string): Model => ({
  name,
  title: 'AlexNet',
  sentence: 'AlexNet (Krizhevsky et al. 2012) in the study’s form for small images.',
  build: study(name),
});

export const alexNets: readonly Model[] = [
  studyAlexNet('AlexNet'),
  studyAlexNet('alexnet'),
  {
    name: 'AlexNet_literature',
    title: 'AlexNet of the literature',
    sentence: 'AlexNet as PyTorch has it for large images, and its usual form for small ones.',
    build: literature,
    formerly: 'AlexNet',
  },
];
