/** @file Add, Sub, Sum, Neg, Mul and Div by constants: y = ±x ± x′ … + c, y = w·x. Linear maps, so the terms are all there is
 * to them. In the format: one rounding an operand; a division by c is one more (the checker's 1/c is known to 2⁻⁵³ of itself).
 */
import { TermList, type AffineParts } from '../graph/builder.ts';
import type { Rounding } from '../graph/graph.ts';
import type { Place } from '../graph/place.ts';
import { broadcast, sizeOf, stretched, type Value } from '../graph/value.ts';

/** Before opset 7 operands were stretched by an attribute only. */
function operands(at: Place, count: number): Value[] {
  const values = Array.from({ length: count }, (_, k) => at.input(k));
  if (at.opset < 7 && at.node.attributes.has('axis')) at.refuse('operands stretched from an axis on');
  return values;
}

/** Σ scales[k] · values[k]; constants among them make the bias. */
export function plus(
  at: Place,
  values: readonly Value[],
  scales: readonly number[],
  rounding: Rounding = {},
  greaterOf?: AffineParts['greaterOf'],
): Value {
  const shape = values.map((value) => value.shape).reduce(broadcast);
  const size = sizeOf(shape);
  const [bias, reach] = [new Float64Array(size), new Float64Array(size)];
  const columns: Int32Array[] = [];
  const weights: number[] = [];
  let constants = 0;
  values.forEach((value, k) => {
    const { constant, elements } = stretched(value, shape);
    if (elements) columns.push(elements);
    if (elements) weights.push(scales[k]);
    else constants++;
    constant?.forEach((c, i) => {
      bias[i] += scales[k] * c;
      reach[i] += Math.abs(scales[k] * c);
    });
  });
  const terms = new TermList(size);
  for (let i = 0; i < size; i++) {
    columns.forEach((column, k) => terms.term(column[i], k));
    terms.output(i, terms.close(), 0);
  }
  /* Constants among each other are summed by the checker, and by the model, with roundings of their own. */
  const several = constants > 1 ? { extra: constants, wobble: constants } : {};
  return at.builder.affine(at.name, shape, terms, {
    weights: Float64Array.from(weights),
    bias,
    reach,
    rounding: {
      ...rounding,
      ...several,
    },
    ...(greaterOf && { greaterOf }),
  });
}

/** Each element by its own number. */
export function scaled(
  at: Place,
  value: Value,
  factors: Float64Array,
  rounding: Rounding = {},
  more: { bias?: Float64Array; reach?: Float64Array } = {},
): Value {
  const elements = at.builder.elementsOf(value);
  const terms = new TermList(elements.length);
  elements.forEach((element, i) => {
    terms.term(element, 0);
    terms.output(i, terms.close(), i);
  });
  return at.builder.affine(at.name, value.shape, terms, { weights: factors, rounding, ...more });
}

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

/** Whole numbers of shapes, computed exactly; division is towards zero. */
function whole(at: Place, [a, b]: readonly Value[], of: (x: number, y: number) => number): Value | undefined {
  const range = integers[a.type];
  if (!a.constant || !b.constant || !range) return undefined;
  const shape = broadcast(a.shape, b.shape);
  const [x, y] = [stretched(a, shape).constant!, stretched(b, shape).constant!];
  const constant = x.map((n, i) => Math.trunc(of(n, y[i])));
  return constant.every((n) => n >= range[0] && n <= range[1])
    ? { shape, type: a.type, constant }
    : at.refuse(`whole numbers beyond ${a.type}, or 2^53`);
}

export const add = (at: Place): Value => {
  const values = operands(at, 2);
  return whole(at, values, (x, y) => x + y) ?? plus(at, values, [1, 1]);
};

export const sub = (at: Place): Value => {
  const values = operands(at, 2);
  return whole(at, values, (x, y) => x - y) ?? plus(at, values, [1, -1]);
};

export const sum = (at: Place): Value => {
  const values = operands(at, at.count);
  return plus(
    at,
    values,
    values.map(() => 1),
  );
};

export const neg = (at: Place): Value => plus(at, operands(at, 1), [-1], { exact: true });

export const mul = (at: Place): Value => {
  const values = operands(at, 2);
  const integer = whole(at, values, (x, y) => x * y);
  if (integer) return integer;
  const shape = broadcast(values[0].shape, values[1].shape);
  const [a, b] = values.map((value) => stretched(value, shape));
  const factors = b.constant ?? a.constant ?? at.refuse('a product of two values that are not constant');
  return scaled(at, b.constant ? a : b, factors);
};

export const div = (at: Place): Value => {
  const values = operands(at, 2);
  const integer = whole(at, values, (x, y) => x / y);
  if (integer) return integer;
  const shape = broadcast(values[0].shape, values[1].shape);
  const factors = stretched(values[1], shape).constant ?? at.refuse('its divisor is not constant');
  if (factors.some((c) => !(Math.abs(c) >= 2 ** -100 && Math.abs(c) <= 2 ** 100)))
    at.refuse('a divisor beyond 2^±100');
  return scaled(
    at,
    stretched(values[0], shape),
    factors.map((c) => 1 / c),
    { extra: 2, wobble: 1 },
  );
};
