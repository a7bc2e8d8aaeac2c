/** @file Small residual networks as verification benchmarks use them: resnet2b/4b, the cresnets, Wong's. */
import { graph, type GraphBuilder } from './graph.ts';
import type { ModelBuilder } from './model.ts';

export interface ResidualChoice {
  /** Channels of the first convolution, which has stride 2. */
  readonly first: number;
  /** Channels of each stage; its first block has stride 2. */
  readonly stages: readonly number[];
  /** Blocks in each stage. */
  readonly blocks: number;
  /** Width of the hidden linear layer; without one the logits follow averages over 4×4 pixels. */
  readonly hidden?: number;
  /** Batch norm behind every convolution, which then has no bias. */
  readonly batchNorm?: boolean;
}

/**
 * conv3 s2, then blocks x ↦ relu(conv3(relu(conv3 x)) + x), where the shortcut is a 1×1 convolution if the block
 * changes channels or size. Convolutions are listed in PyTorch's order: first, second, shortcut.
 */
export const residualNetwork =
  (name: string, choice: ResidualChoice): ModelBuilder =>
  ({ classes, inputShape, normalization }) => {
    const { first, stages, blocks, hidden, batchNorm = false } = choice;
    const net = graph(name, inputShape);
    const conv = (from: string, spec: ConvSpec, module: string, norm: string): string => {
      const { channels, kernel, stride } = spec;
      const padding = kernel === 3 ? 1 : 0;
      const out = net.conv(from, channels, { kernel, stride, padding, bias: !batchNorm, module });
      return batchNorm ? net.batchNorm(out, norm) : out;
    };
    const block = (x: string, channels: number, stride: 1 | 2, path: string): string => {
      const inner = net.relu(conv(x, { channels, kernel: 3, stride }, `${path}.conv1`, `${path}.bn1`));
      const outer = conv(inner, { channels, kernel: 3, stride: 1 }, `${path}.conv2`, `${path}.bn2`);
      const changed = stride !== 1 || net.shapeOf(x)[0] !== channels;
      const beside = `${path}.shortcut`;
      const shortcut = changed ? conv(x, { channels, kernel: 1, stride }, `${beside}.0`, `${beside}.1`) : x;
      return net.relu(net.add(outer, shortcut));
    };
    let x = net.normalize('input', normalization);
    x = net.relu(conv(x, { channels: first, kernel: 3, stride: 2 }, 'conv1', 'bn1'));
    stages.forEach((channels, stage) => {
      for (let i = 0; i < blocks; i++) x = block(x, channels, i === 0 ? 2 : 1, `layer${stage + 1}.${i}`);
    });
    if (hidden === undefined) net.linear(net.flatten(net.avgPool(x, 4)), classes, 'linear');
    else net.linear(net.relu(net.linear(net.flatten(x), hidden, 'linear1')), classes, 'linear2');
    return net.build();
  };

interface ConvSpec {
  readonly channels: number;
  readonly kernel: 1 | 3;
  readonly stride: 1 | 2;
}

/**
 * Wong et al. 2018's residual network without batch norm: conv3 to 16 channels, two blocks of 16, one of 32 and one of
 * 64 channels, 1000 hidden units. A block is x ↦ relu(conv3(relu(conv x)) + skip x); in those that halve the image the
 * first convolution is 4×4 and the skip 2×2, both with stride 2.
 */
export const wongResNet =
  (name: string): ModelBuilder =>
  ({ classes, inputShape, normalization }) => {
    const net = graph(name, inputShape);
    const pixels = net.normalize('input', normalization);
    let x = net.relu(net.conv(pixels, 16, { kernel: 3, padding: 1, module: '0' }));
    [16, 16, 32, 64].forEach((channels, i) => (x = wongBlock(net, x, channels, 2 + 4 * i)));
    net.linear(net.relu(net.linear(net.flatten(x), 1000, '19')), classes, '21');
    return net.build();
  };

/** @param index of its first module; the skip is listed before the second convolution */
function wongBlock(net: GraphBuilder, x: string, channels: number, index: number): string {
  const halves = net.shapeOf(x)[0] !== channels;
  const stride = halves ? 2 : 1;
  const inner = net.relu(
    net.conv(x, channels, { kernel: halves ? 4 : 3, stride, padding: 1, module: `${index}.Ws.0` }),
  );
  const skip = net.conv(x, channels, { kernel: stride, stride, module: `${index + 2}.Ws.0` });
  const outer = net.conv(inner, channels, { kernel: 3, padding: 1, module: `${index + 2}.Ws.2` });
  return net.relu(net.add(outer, skip));
}
