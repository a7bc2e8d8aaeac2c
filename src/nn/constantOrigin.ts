/** @file What the value of a constant channel is made of: by how much f32 may miss it. */
import { isBatchNorm, type ChannelSpace } from './channelSpaces.ts';
import { batchNormAffine } from './foldBatchNorm.ts';
import type { Numbers } from './parameters.ts';
import { reachOf, roundingsOf } from './reach.ts';

export interface ConstantOrigin {
  /** Sum of absolute values of the terms behind the constant, at least its own absolute value. */
  readonly reach: number;
  /** Roundings on its way, in f32. */
  readonly roundings: number;
  /** Whether a constant 0 is exactly 0 in f32 too: no sum may cancel on the way. */
  readonly certain: boolean;
}

/** Roundings by activations that are approximated, and by a batch norm. */
const approximated = 64;
const normalized = 8;

/** Constants start from the producers' biases; what sigmoid and tanh give is of size 1. */
export function originOf(
  { producers, values }: ChannelSpace,
  channel: number,
  numbers: Numbers,
): ConstantOrigin {
  let reach = 0;
  let roundings = 0;
  for (const { name } of producers) {
    reach += reachOf(numbers, name, 'bias')?.[channel] ?? 0;
    roundings += 1 + roundingsOf(numbers, name);
  }
  let certain = producers.length === 1;
  for (const layer of values) {
    if (layer.kind === 'sigmoid' || layer.kind === 'tanh') {
      reach += 1;
      roundings += approximated;
    } else if (layer.kind === 'avgPool2d') roundings += layer.kernel[0] * layer.kernel[1];
    else if (isBatchNorm(layer)) {
      const scale = Math.abs(batchNormAffine(layer, numbers).scale[channel]);
      const size = (name: string): number => Math.abs(numbers[`${layer.name}.${name}`][channel]);
      reach = Math.max(reach, reach * scale) + size('bias') + size('running_mean') * scale;
      roundings += normalized;
      certain = false;
    }
  }
  return { reach, roundings, certain };
}
