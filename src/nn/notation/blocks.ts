/** @file Blocks that an architecture names: entries that stand for several. */
import type { Shape } from '../../tensor/index.ts';
import { fields, type Field } from '../layers/notation.ts';

/** A block, written as `{word: channels, …}`. */
export interface Block {
  readonly fields: Readonly<Record<string, Field>>;
  /** The entries that it stands for. */
  expand(read: Readonly<Record<string, unknown>>, input: Shape): readonly unknown[];
}

interface BlockFields {
  readonly channels: number;
  readonly stride: readonly [number, number];
  readonly bn: boolean;
}

const blockFields = {
  channels: fields.count('channels'),
  stride: fields.pair('stride', [1, 1]),
  bn: fields.flag('batch_norm', true),
};

/** A convolution, and where asked for its batch norm, beside which a bias would have no effect. */
const conv = (channels: number, kernel: number, { bn }: BlockFields, stride: unknown = 1): unknown[] => [
  { conv: channels, kernel, stride, pad: kernel === 3 ? 1 : 0, bias: !bn },
  ...(bn ? ['bn'] : []),
];

/** relu(F(x) + shortcut(x)), the shortcut a 1×1 convolution where the block changes channels or size. */
function residual(inner: readonly unknown[], channels: number, given: BlockFields, input: Shape): unknown[] {
  const changed = given.stride.some((s) => s !== 1) || input[0] !== channels;
  return [{ residual: inner, ...(changed && { shortcut: conv(channels, 1, given, given.stride) }) }, 'relu'];
}

/** As in torchvision's residual networks (He et al. 2016). */
export const blocks: Readonly<Record<string, Block>> = {
  /** Two 3×3 convolutions. */
  basic_block: {
    fields: blockFields,
    expand(read, input) {
      const given = read as unknown as BlockFields;
      const { channels, stride } = given;
      const inner = [...conv(channels, 3, given, stride), 'relu', ...conv(channels, 3, given)];
      return residual(inner, channels, given, input);
    },
  },
  /** 1×1, 3×3 with the stride, 1×1 to four times the channels. */
  bottleneck: {
    fields: blockFields,
    expand(read, input) {
      const given = read as unknown as BlockFields;
      const { channels, stride } = given;
      const inner = [
        ...conv(channels, 1, given),
        'relu',
        ...conv(channels, 3, given, stride),
        'relu',
        ...conv(4 * channels, 1, given),
      ];
      return residual(inner, 4 * channels, given, input);
    },
  },
};
