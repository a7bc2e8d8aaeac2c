/** @file Small residual networks without batch norm, as verification benchmarks use them. */
import type { Normalization } from '../../data/normalization.ts';
import type { Shape } from '../../tensor/index.ts';
import { sizeOf } from '../../tensor/index.ts';
import { ruleOf } from '../layers/table.ts';
import type { Layer, LayerFields, Network } from '../network.ts';

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
    const layers: Layer[] = [];
    const counts = new Map<string, number>();
    const shapes = new Map<string, Shape>([['input', inputShape]]);
    const push = (fields: LayerFields, prefix: string, ...inputs: string[]): string => {
      const count = (counts.get(prefix) ?? 0) + 1;
      counts.set(prefix, count);
      const layer = { ...fields, name: `${prefix}${count}`, inputs } as Layer;
      layers.push(layer);
      shapes.set(
        layer.name,
        ruleOf(layer).shape(
          layer,
          inputs.map((i) => shapes.get(i)!),
        ),
      );
      return layer.name;
    };
    const conv = (from: string, outChannels: number, kernel: 1 | 3, stride: 1 | 2): string => {
      const padding = kernel === 3 ? 1 : 0;
      const fields: LayerFields = {
        kind: 'conv2d',
        inChannels: shapes.get(from)![0],
        outChannels,
        kernel: [kernel, kernel],
        stride: [stride, stride],
        padding: [padding, padding, padding, padding],
        dilation: [1, 1],
        groups: 1,
        bias: true,
      };
      return push(fields, 'conv', from);
    };
    const relu = (from: string): string => push({ kind: 'relu' }, 'relu', from);
    const block = (x: string, channels: number, stride: 1 | 2): string => {
      const inner = conv(relu(conv(x, channels, 3, stride)), channels, 3, 1);
      const changed = stride !== 1 || shapes.get(x)![0] !== channels;
      const shortcut = changed ? conv(x, channels, 1, stride) : x;
      return relu(push({ kind: 'add' }, 'add', inner, shortcut));
    };
    const linear = (from: string, outFeatures: number): string =>
      push({ kind: 'linear', inFeatures: sizeOf(shapes.get(from)!), outFeatures, bias: true }, 'fc', from);

    let x = normalization ? push({ kind: 'normalize', ...normalization }, 'normalize', 'input') : 'input';
    x = relu(conv(x, choice.first, 3, 2));
    for (const channels of choice.stages)
      for (let i = 0; i < choice.blocks; i++) x = block(x, channels, i === 0 ? 2 : 1);
    x = push({ kind: 'flatten' }, 'flatten', x);
    linear(relu(linear(x, choice.hidden)), 10);
    return { name, inputShape, layers };
  };
