/** @file Add, Sub, Sum, Neg, Mul, Div and BatchNormalization: y = ±x ± x′ … + c, y = w·x + c, with constant w and c. Linear maps, so
 * the terms are all there is to them. In the format: one rounding an operand; a division by c is one more (the checker's 1/c is known
 * to 2⁻⁵³ of itself).
 */
import type { Place, Rule, Rules } from '../graph/place.ts';
import { broadcast, stretched, type Value } from '../graph/value.ts';
import { constantOf, plus, scaled } from './affine.ts';

/** Least and greatest number of each type, as far as f64 tells whole numbers apart. */
const integers: Readonly<Record<string, readonly [number, number]>> = Object.fromEntries(
  [8, 16, 32, 64].flatMap((bits) => {
    const half = Math.min(2 ** (bits - 1), 2 ** 53);
    return [
      [`int${bits}`, [-half, half - 1]],
      [`uint${bits}`, [0, Math.min(2 ** bits, 2 ** 53) - 1]],
    ];
  }),
);

/** Before opset 7 operands were stretched by an attribute only. */
function operands(at: Place): Value[] {
  if (at.opset < 7 && at.node.attributes.has('axis')) at.refuse('operands stretched from an axis on');
  return at.inputs;
}

/** Two operands of one shape; whole numbers of shapes are computed exactly, `of` rounded towards zero, and never wrap. */
const binary =
  (of: (x: number, y: number) => number, rule: (at: Place, a: Value, b: Value) => Value): Rule =>
  (at) => {
    const [left, right] = operands(at);
    const shape = broadcast(left.shape, right?.shape ?? at.refuse('operand 1 is missing'));
    const [a, b] = [stretched(left, shape), stretched(right, shape)];
    const bounds = integers[a.type];
    if (!a.constant || !b.constant || !bounds) return rule(at, a, b);
    const constant = a.constant.map((n, i) => Math.trunc(of(n, b.constant![i])));
    if (!constant.every((n) => n >= bounds[0] && n <= bounds[1]))
      at.refuse(`whole numbers beyond ${a.type}, or 2^53`);
    return { shape, type: a.type, constant };
  };

export const elementwise: Rules = {
  Add: binary(
    (x, y) => x + y,
    (at, a, b) => plus(at, [a, b], [1, 1]),
  ),
  Sub: binary(
    (x, y) => x - y,
    (at, a, b) => plus(at, [a, b], [1, -1]),
  ),
  Sum: (at) =>
    plus(
      at,
      operands(at),
      at.inputs.map(() => 1),
    ),
  Neg: (at) => plus(at, [at.input(0)], [-1], { rounding: { exact: true } }),

  Mul: binary(
    (x, y) => x * y,
    (at, a, b) =>
      scaled(
        at,
        b.constant ? a : b,
        b.constant ?? a.constant ?? at.refuse('a product of two values that are not constant'),
      ),
  ),

  Div: binary(
    (x, y) => x / y,
    (at, a, b) => {
      const divisors = b.constant ?? at.refuse('its divisor is not constant');
      if (divisors.some((c) => !(Math.abs(c) >= 2 ** -100 && Math.abs(c) <= 2 ** 100)))
        at.refuse('a divisor beyond 2^±100');
      return scaled(
        at,
        a,
        divisors.map((c) => 1 / c),
        {
          rounding: {
            extra: 2,
            wobble: 1,
            gain: divisors.reduce((n, c) => Math.max(n, Math.abs(c), 1 / Math.abs(c)), 1),
          },
        },
      );
    },
  ),

  /**
   * Outside of training: y = g·x + (B − g·mean), g = scale / √(var + epsilon), per channel. In the format ten roundings cover every
   * usual way of computing it (g, g·mean, two sums; or (x − mean)·g′·scale + B), and the sizes |g·x| + |g·mean| + |B| cover
   * cancellation; the checker's own g and bias are known to some units of 2⁻⁵³.
   */
  BatchNormalization(at) {
    if (at.opset < 7) at.require('is_test', 1, 0);
    if (at.opset < 9) at.require('spatial', 1);
    /* Before opset 14 the number of outputs alone says that it is in training. */
    if (at.node.outputs.length > 1) at.refuse('it is in training');
    at.require('training_mode', 0);
    const x = at.input(0);
    const channels = x.shape[1] ?? at.refuse('its operand has no channels');
    const [scale, shift, mean, variance] = [1, 2, 3, 4].map((k) => {
      const shape = [channels, ...x.shape.slice(2).map(() => 1)];
      const constant = at.constant(k);
      if (constant.length !== channels) at.refuse('its numbers are not one a channel');
      return stretched(constantOf(shape, constant), x.shape).constant!;
    });
    const epsilon = at.number('epsilon', Math.fround(1e-5));
    const deviation = variance.map((v) => Math.sqrt(v + epsilon));
    /* Beyond these, a step of another way of computing g could overflow or vanish. */
    if (deviation.some((d) => !(d >= 2 ** -50 && d <= 2 ** 50))) at.refuse('a variance beyond 2^±100');
    const factors = scale.map((s, i) => s / deviation[i]);
    const numbers = [scale, mean, deviation.map((d) => 1 / d)];
    const gain = numbers.reduce((most, list) => list.reduce((m, n) => Math.max(m, Math.abs(n)), most), 1);
    return scaled(at, x, factors, {
      bias: constantOf(
        x.shape,
        factors.map((g, i) => shift[i] - g * mean[i]),
      ),
      reach: factors.map((g, i) => Math.abs(shift[i]) + Math.abs(g * mean[i])),
      rounding: { extra: 10, wobble: 8, gain },
    });
  },
};
