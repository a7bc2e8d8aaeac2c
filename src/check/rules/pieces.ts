/** @file Operators of two straight pieces: f(z) = z where z ≥ p, else p + q·(z − p). Relu (q = p = 0), LeakyRelu, PRelu (q given), Abs
 * (q −1), Max with a constant and the lower end of Clip (p); Min and the upper end of Clip are −max(−x, −c). All but q·z is exact.
 */
import type { Place } from '../graph/place.ts';
import { broadcast, reshaped, sizeOf, stretched, type Value } from '../graph/value.ts';
import { plus } from './sums.ts';

export function piecewise(at: Place, value: Value, q: Float64Array | number, kinks?: Float64Array): Value {
  const inputs = at.builder.elementsOf(value);
  const slopes = typeof q === 'number' ? new Float64Array(inputs.length).fill(q) : q;
  return at.builder.bend(
    at.name,
    at.node.op,
    value.shape,
    inputs,
    slopes,
    kinks ?? new Float64Array(inputs.length),
  );
}

export const relu = (at: Place): Value => piecewise(at, at.input(0), 0);
export const abs = (at: Place): Value => piecewise(at, at.input(0), -1);
export const leakyRelu = (at: Place): Value =>
  piecewise(at, at.input(0), at.number('alpha', Math.fround(0.01)));

export function pRelu(at: Place): Value {
  const [x, slope] = [at.input(0), at.input(1)];
  at.constant(1);
  if (at.opset < 7) at.refuse('a slope for each channel, as before opset 7');
  const shape = broadcast(x.shape, slope.shape);
  if (shape.length !== x.shape.length || shape.some((n, axis) => n !== x.shape[axis]))
    at.refuse('its slope does not fit');
  return piecewise(at, x, stretched(slope, x.shape).constant!);
}

/** The greater (side 1) or the smaller (−1) of a value and constants. */
export function against(at: Place, value: Value, constant: Value, side: 1 | -1): Value {
  const shape = broadcast(value.shape, constant.shape);
  const kinks = stretched(constant, shape).constant!.map((c) => side * c);
  if (kinks.some(Number.isNaN)) at.refuse('a bound that is no number');
  const turned = (x: Value): Value => (side === 1 ? x : plus(at, [x], [-1], { exact: true }));
  return turned(piecewise(at, turned(stretched(value, shape)), 0, kinks));
}

/** max(min, min(x, max)) (from opset 12 so defined; before, min ≤ max is asked for, where the order does not matter). */
export function clip(at: Place): Value {
  const bounds = (['min', 'max'] as const).map((name, k) => {
    if (at.opset >= 11) {
      if (at.optional(k + 1)) at.constant(k + 1);
      return at.optional(k + 1);
    }
    return at.node.attributes.has(name)
      ? { shape: [], type: 'float32' as const, constant: Float64Array.of(at.number(name, 0)) }
      : undefined;
  });
  const [low, high] = bounds.map(
    (bound) =>
      bound &&
      (sizeOf(bound.shape) === 1 ? reshaped(bound, []) : at.refuse('a bound that is not one number')),
  );
  if (low && high && low.constant![0] > high.constant![0]) at.refuse('its min is above its max');
  const above = low ? against(at, at.input(0), low, 1) : at.input(0);
  return high ? against(at, above, high, -1) : above;
}
