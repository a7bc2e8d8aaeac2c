/** @file Channels that hold the same value whatever the input: where, and which value. */
import { isWeighted, outputsOf, type ChannelSpace } from './channelSpaces.ts';
import { batchNormAffine } from './foldBatchNorm.ts';
import type { Layer } from './network.ts';
import type { Numbers } from './parameters.ts';

/** Whether a stretch of values is all zero. */
export function isZero(values: ArrayLike<number>, start: number, length: number): boolean {
  for (let i = start; i < start + length; i++) if (values[i] !== 0) return false;
  return true;
}

/** A constant channel's value behind one layer; undefined where it stops being constant. */
function constantBehind(layer: Layer, value: number, channel: number, numbers: Numbers): number | undefined {
  switch (layer.kind) {
    case 'relu':
      return Math.max(0, value);
    case 'leakyRelu':
      return value > 0 ? value : layer.negativeSlope * value;
    case 'sigmoid':
      return 1 / (1 + Math.exp(-value));
    case 'tanh':
      return Math.tanh(value);
    case 'batchNorm1d':
    case 'batchNorm2d': {
      const { scale, shift } = batchNormAffine(layer, numbers);
      return value * scale[channel] + shift[channel];
    }
    case 'avgPool2d':
      return layer.padding.every((p) => p === 0) || value === 0 ? value : undefined;
    default:
      return value;
  }
}

/**
 * Layer name → [channels] of the constant that the layer's result holds in evaluation mode, NaN where it is none: the
 * bias where all incoming weights are zero, carried on by the layers behind; a sum where all summands are constant.
 */
export function constantsOf(space: ChannelSpace, numbers: Numbers): Map<string, Float64Array> {
  const found = new Map<string, Float64Array>();
  for (const layer of space.values) {
    const each = Float64Array.from({ length: space.channels }, (_, c) => {
      if (isWeighted(layer)) {
        const weight = numbers[`${layer.name}.weight`];
        const row = weight.length / outputsOf(layer);
        return isZero(weight, c * row, row) ? (numbers[`${layer.name}.bias`]?.[c] ?? 0) : NaN;
      }
      if (layer.kind === 'add') return layer.inputs.reduce((total, name) => total + found.get(name)![c], 0);
      const before = found.get(layer.inputs[0])![c];
      return Number.isNaN(before) ? NaN : (constantBehind(layer, before, c, numbers) ?? NaN);
    });
    found.set(layer.name, each);
  }
  return found;
}
