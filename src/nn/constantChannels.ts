/** @file Channels that hold the same value whatever the input: where, which value, and by how much f32 may miss it. */
import type { ChannelSpace } from './channelSpaces.ts';
import { channelNumbers, type ChannelNumbers } from './channelNumbers.ts';
import type { ConstantChannel } from './layers/definition.ts';
import { ruleOf } from './layers/rules.ts';
import type { Layer } from './network.ts';
import type { Numbers } from './parameters.ts';
import { reachOf, roundingsOf } from './reach.ts';

/** Whether a stretch of values is all zero. */
export function isZero(values: ArrayLike<number>, start: number, length: number): boolean {
  for (let i = start; i < start + length; i++) if (values[i] !== 0) return false;
  return true;
}

/** Roundings by activations that are approximated, and by a scale and shift. */
const approximated = 64;
const scaled = 8;

/** The bias of a channel without weights. */
function made(layer: Layer, channels: number, numbers: Numbers): ConstantChannel[] {
  const weight = numbers[`${layer.name}.weight`];
  const bias = numbers[`${layer.name}.bias`];
  const reach = reachOf(numbers, layer.name, 'bias');
  const row = weight.length / channels;
  return Array.from({ length: channels }, (_, c) => ({
    value: isZero(weight, c * row, row) ? (bias?.[c] ?? 0) : NaN,
    reach: reach?.[c] ?? 0,
    roundings: 1 + roundingsOf(numbers, layer.name),
    certain: true,
  }));
}

function behindScale(x: ConstantChannel, affine: ChannelNumbers, c: number): ConstantChannel {
  const [scale, shift, reach] = [affine.scale[c], affine.shift[c], affine.reach[c]];
  return {
    value: x.value * scale + shift,
    reach: Math.max(x.reach, x.reach * Math.abs(scale)) + reach,
    roundings: x.roundings + scaled,
    certain: false,
  };
}

/**
 * Layer name → its channels: the bias where all incoming weights are zero, carried on by the layers behind. In
 * evaluation mode.
 */
export function constantsOf(space: ChannelSpace, numbers: Numbers): Map<string, ConstantChannel[]> {
  const found = new Map<string, ConstantChannel[]>();
  for (const layer of space.values) {
    const { weight, elementwise, channelwise } = ruleOf(layer);
    const affine = channelNumbers(layer, numbers);
    const behind = (inputs: readonly ConstantChannel[], c: number): ConstantChannel => {
      const [x] = inputs as [ConstantChannel];
      if (affine) return behindScale(x, affine, c);
      if (channelwise) return channelwise(inputs, layer, space.shapes.get(layer.inputs[0])!);
      const { value, reach, roundings, certain } = x;
      const sure = elementwise!.approximated === undefined;
      return {
        value: elementwise!.at(value, layer),
        reach: sure ? reach : reach + 1,
        roundings: sure ? roundings : roundings + approximated,
        certain,
      };
    };
    found.set(
      layer.name,
      weight
        ? made(layer, space.channels, numbers)
        : Array.from({ length: space.channels }, (_, c) =>
            behind(
              layer.inputs.map((name) => found.get(name)![c]),
              c,
            ),
          ),
    );
  }
  return found;
}
