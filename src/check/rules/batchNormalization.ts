/** @file BatchNormalization outside of training: y = g·x + (B − g·mean), g = scale / √(var + epsilon), per channel. Linear in
 * x. In the format ten roundings cover every usual way of computing it (g, g·mean, two sums; or (x − mean)·g′·scale + B), and
 * the sizes |g·x| + |g·mean| + |B| cover cancellation; the checker's own g and bias are known to some units of 2⁻⁵³.
 */
import type { Place } from '../graph/place.ts';
import { stretched, type Value } from '../graph/value.ts';
import { scaled } from './sums.ts';

export function batchNormalization(at: Place): Value {
  if (at.opset < 7) at.require('is_test', 1, 0);
  if (at.opset < 9) at.require('spatial', 1);
  at.require('training_mode', 0);
  const x = at.input(0);
  const channels = x.shape[1] ?? at.refuse('its operand has no channels');
  const numbers = [1, 2, 3, 4].map((k) => {
    const constant = at.constant(k);
    if (constant.length !== channels) at.refuse('its numbers are not one a channel');
    const shape = [channels, ...x.shape.slice(2).map(() => 1)];
    return stretched({ shape, type: 'float32', constant }, x.shape).constant!;
  });
  const [scale, shift, mean, variance] = numbers;
  const epsilon = at.number('epsilon', Math.fround(1e-5));
  const deviation = variance.map((v) => Math.sqrt(v + epsilon));
  /* Beyond these, a step of another way of computing g could overflow or vanish. */
  if (deviation.some((d) => !(d >= 2 ** -50 && d <= 2 ** 50))) at.refuse('a variance beyond 2^±100');
  const factors = scale.map((s, i) => s / deviation[i]);
  const bias = factors.map((g, i) => shift[i] - g * mean[i]);
  const reach = factors.map((g, i) => Math.abs(shift[i]) + Math.abs(g * mean[i]));
  let gain = 1;
  for (const list of [scale, mean, deviation.map((d) => 1 / d)])
    for (const n of list) gain = Math.max(gain, Math.abs(n));
  return scaled(at, x, factors, { extra: 10, wobble: 8, gain }, { bias, reach });
}
