/** @file Operators of two straight pieces: f(z) = z where z ≥ p, else p + q·(z − p). Relu (q = p = 0), LeakyRelu, PRelu (q given), Abs
 * (q −1), Max with a constant and the lower end of Clip (p); Min and the upper end of Clip are −max(−x, −c). All but q·z is exact.
 * The greatest of several values, MaxPool, Max and Min, is rewritten pair by pair: max(a, b) = b + relu(a − b), which is at least each
 * and at most the greater of their upper bounds. The model rounds nothing there.
 */
import type { Place, Rules } from '../graph/place.ts';
import { along, broadcast, limited, range, sizeOf, stretched, type Value } from '../graph/value.ts';
import { plus } from './affine.ts';
import { windowsOf } from './windows.ts';

const exact = { rounding: { exact: true } } as const;

const bent = (at: Place, value: Value, q: Float64Array | number, kinks?: Float64Array): Value =>
  at.builder.bend(at.name, at.node.op, value, q, kinks);

function greater(at: Place, left: Value, right: Value): Value {
  const shape = broadcast(left.shape, right.shape);
  const [a, b] = [stretched(left, shape), stretched(right, shape)];
  const rest = bent(at, plus(at, [a, b], [1, -1], exact), 0);
  return plus(at, [b, rest], [1, 1], { ...exact, greaterOf: [a.elements!, b.elements!] });
}

/** Joined pairwise: (0, 1), (2, 3), …, and so on with the results. */
function greatest(at: Place, values: readonly Value[]): Value {
  if (values.length === 1) return values[0];
  const half = range(Math.ceil(values.length / 2)).map((k) => values.slice(2 * k, 2 * k + 2));
  return greatest(
    at,
    half.map(([a, b]) => (b ? greater(at, a, b) : a)),
  );
}

/** −x for side −1. */
const signed = (at: Place, value: Value, side: 1 | -1): Value =>
  side === 1 ? value : plus(at, [value], [-1], exact);

/** The greater (side 1) or the smaller (−1) of a value and constants. */
function against(at: Place, value: Value, constant: Value, side: 1 | -1): Value {
  const shape = broadcast(value.shape, constant.shape);
  const kinks = stretched(constant, shape).constant!.map((c) => side * c);
  if (kinks.some(Number.isNaN)) at.refuse('a bound that is no number');
  return signed(at, bent(at, signed(at, stretched(value, shape), side), 0, kinks), side);
}

/** min(x, …) is −max(−x, …); constants come after the values. */
function extreme(at: Place, side: 1 | -1): Value {
  const free = at.inputs.filter(({ constant }) => !constant);
  if (free.length === 0) at.refuse('all of its operands are constant');
  const first =
    free.length === 1
      ? free[0]
      : signed(
          at,
          greatest(
            at,
            free.map((x) => signed(at, x, side)),
          ),
          side,
        );
  return at.inputs
    .filter(({ constant }) => constant)
    .reduce((value, constant) => against(at, value, constant, side), first);
}

export const bends: Rules = {
  Relu: (at) => bent(at, at.input(0), 0),
  Abs: (at) => bent(at, at.input(0), -1),
  LeakyRelu: (at) => bent(at, at.input(0), at.number('alpha', Math.fround(0.01))),

  PRelu(at) {
    const [x, slope] = [at.input(0), at.input(1)];
    at.constant(1);
    if (at.opset < 7) at.refuse('a slope for each channel, as before opset 7');
    if (broadcast(x.shape, slope.shape).join() !== x.shape.join()) at.refuse('its slope does not fit');
    return bent(at, x, stretched(slope, x.shape).constant!);
  },

  /** max(min, min(x, max)) (from opset 12 so defined; before, min ≤ max is asked for, where the order does not matter). */
  Clip(at) {
    const [low, high] = (['min', 'max'] as const).map((name, k): Value | undefined => {
      const shape: number[] = [];
      if (at.opset < 11)
        return at.node.attributes.has(name)
          ? { shape, type: 'float32', constant: Float64Array.of(at.number(name, 0)) }
          : undefined;
      if (!at.optional(k + 1)) return undefined;
      if (at.constant(k + 1).length !== 1) at.refuse('a bound that is not one number');
      return { ...at.input(k + 1), shape };
    });
    if (low && high && low.constant![0] > high.constant![0]) at.refuse('its min is above its max');
    const above = low ? against(at, at.input(0), low, 1) : at.input(0);
    return high ? against(at, above, high, -1) : above;
  },

  Max: (at) => extreme(at, 1),
  Min: (at) => extreme(at, -1),

  /** One axis after the other; where a place of the window is padding, the window's next member stands for it. */
  MaxPool(at) {
    const { shape, type } = at.input(0);
    let x: Value = { shape, type, elements: at.builder.elementsOf(at.input(0)) };
    const kernel = at.numbers('kernel_shape') ?? at.refuse('it has no kernel_shape');
    windowsOf(at, kernel).forEach((windows, axis) => {
      limited(kernel[axis] * sizeOf(x.shape.with(axis + 2, windows.length)));
      const standing = (places: readonly number[], k: number): number =>
        places.find((place, other) => other >= k && place >= 0) ??
        places.findLast((place) => place >= 0) ??
        at.refuse('a window that lies in the padding alone');
      x = greatest(
        at,
        range(kernel[axis]).map((k) =>
          along(
            x,
            axis + 2,
            windows.map((places) => standing(places, k)),
          ),
        ),
      );
    });
    return x;
  },
};
