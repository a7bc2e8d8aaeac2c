/** @file Small residual networks without batch norm, as verification benchmarks use them. */
import type { Normalization } from '../../data/normalization.ts';
import type { Shape } from '../../tensor/index.ts';
import type { Network } from '../network.ts';
import { graph } from './graph.ts';

export interface ResidualChoice {
  /** Channels of the first convolution, which has stride 2. */
  readonly first: number;
  /** Channels of each stage; its first block has stride 2. */
  readonly stages: readonly number[];
  /** Blocks in each stage. */
  readonly blocks: number;
  /** Width of the hidden linear layer. */
  readonly hidden: number;
}

/**
 * conv3 s2, then blocks x ↦ relu(conv3(relu(conv3 x)) + x), where the shortcut is a 1×1 convolution if the block
 * changes channels or size; a hidden linear layer, ten logits. Convolutions are listed in PyTorch's order: first,
 * second, shortcut.
 */
export const residualNetwork =
  (name: string, inputShape: Shape, choice: ResidualChoice) =>
  (normalization?: Normalization): Network => {
    const net = graph(name, inputShape);
    const conv = (from: string, outChannels: number, kernel: 1 | 3, stride: 1 | 2): string =>
      net.conv(from, outChannels, { kernel, stride, padding: kernel === 3 ? 1 : 0 });
    const block = (x: string, channels: number, stride: 1 | 2): string => {
      const inner = conv(net.relu(conv(x, channels, 3, stride)), channels, 3, 1);
      const changed = stride !== 1 || net.shapeOf(x)[0] !== channels;
      const shortcut = changed ? conv(x, channels, 1, stride) : x;
      return net.relu(net.add(inner, shortcut));
    };
    let x = normalization ? net.normalize('input', normalization) : 'input';
    x = net.relu(conv(x, choice.first, 3, 2));
    for (const channels of choice.stages)
      for (let i = 0; i < choice.blocks; i++) x = block(x, channels, i === 0 ? 2 : 1);
    x = net.flatten(x);
    net.linear(net.relu(net.linear(x, choice.hidden)), 10);
    return net.build();
  };
