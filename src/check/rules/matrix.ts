/** @file Gemm and MatMul with one constant operand: y[m, n] = Σ a[m, k] · b[k, n]. A linear map of the other operand, so its
 * terms are all there is to it. In the format: one rounding a term, one for the bias; two more where numbers are scaled.
 */
import { TermList, type AffineParts } from '../graph/builder.ts';
import type { Place } from '../graph/place.ts';
import { broadcast, picked, reshaped, sizeOf, stretched, stridesOf, type Value } from '../graph/value.ts';
import { plus } from './sums.ts';

/** Products of two stacks of matrices, one of them constant. */
function multiply(
  at: Place,
  a: Value,
  b: Value,
  parts: Omit<AffineParts, 'weights'> & { scale?: number } = {},
): Value {
  if (a.constant && b.constant)
    return multiply(at, { ...a, elements: at.builder.elementsOf(a), constant: undefined! }, b, parts);
  const fixed = b.constant ? b : a;
  if (!fixed.constant) at.refuse('neither of its operands is constant');
  const [rows, inner] = a.shape.slice(-2);
  const columns = b.shape.at(-1)!;
  if (b.shape.at(-2) !== inner) at.refuse(`[${a.shape}] and [${b.shape}] do not fit together`);
  const stack = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const stackOf = fixed.shape.slice(0, -2);
  const numbers = Float64Array.from({ length: sizeOf(stackOf) }, (_, s) => s * sizeOf(fixed.shape.slice(-2)));
  const firsts = stretched({ shape: stackOf, type: fixed.type, constant: numbers }, stack).constant!;
  const free = b.constant ? a : b;
  const elements = stretched(free, [...stack, ...free.shape.slice(-2)]).elements!;
  const terms = new TermList(sizeOf(stack) * rows * columns);
  /* A line is what one pattern reads: a row of a, or a column of b. */
  const [lines, across] = b.constant ? [rows, columns] : [columns, rows];
  for (let s = 0; s < firsts.length; s++)
    for (let line = 0; line < lines; line++) {
      const [first, step] = b.constant
        ? [(s * rows + line) * inner, 1]
        : [s * inner * columns + line, columns];
      for (let k = 0; k < inner; k++) terms.term(elements[first + k * step], b.constant ? k * columns : k);
      const pattern = terms.close();
      for (let i = 0; i < across; i++) {
        const place = b.constant ? line * columns + i : i * columns + line;
        terms.output(s * rows * columns + place, pattern, firsts[s] + (b.constant ? i : i * inner));
      }
    }
  const { scale = 1, ...rest } = parts;
  const weights = scale === 1 ? fixed.constant : fixed.constant.map((w) => w * scale);
  return at.builder.affine(at.name, [...stack, rows, columns], terms, { weights, ...rest });
}

export function matMul(at: Place): Value {
  const [a, b] = [at.input(0), at.input(1)];
  if (a.shape.length === 0 || b.shape.length === 0) at.refuse('an operand without axes');
  const left = a.shape.length === 1 ? reshaped(a, [1, ...a.shape]) : a;
  const right = b.shape.length === 1 ? reshaped(b, [...b.shape, 1]) : b;
  const { shape, ...product } = multiply(at, left, right);
  const kept = shape.filter(
    (_, axis) =>
      (axis !== shape.length - 2 || a.shape.length > 1) && (axis !== shape.length - 1 || b.shape.length > 1),
  );
  return { ...product, shape: kept };
}

const turned = (value: Value): Value => {
  const [rows, columns] = value.shape;
  const source = Int32Array.from(
    { length: rows * columns },
    (_, i) => (i % rows) * columns + Math.floor(i / rows),
  );
  return picked(value, [columns, rows], source);
};

/** alpha·A'·B' + beta·C. */
export function gemm(at: Place): Value {
  const [a, b] = [0, 1].map((k) => {
    const value = at.input(k);
    if (stridesOf(value.shape).length !== 2) at.refuse('an operand is no matrix');
    return at.number(k === 0 ? 'transA' : 'transB', 0) === 0 ? value : turned(value);
  });
  const [alpha, beta, c] = [at.number('alpha', 1), at.number('beta', 1), at.optional(2)];
  /* Before it is scaled, a product may be larger than any value that is known. */
  for (const scale of [alpha, beta]) if (!(Math.abs(scale) >= 2 ** -7)) at.refuse(`it is scaled by ${scale}`);
  const rounding =
    alpha === 1 && (beta === 1 || !c)
      ? {}
      : { extra: 2, wobble: 1, gain: Math.max(Math.abs(alpha), Math.abs(beta)) };
  const shape = [a.shape[0], b.shape[1]];
  const bias = c?.constant && stretched(c, shape).constant!.map((n) => n * beta);
  const product = multiply(at, a, b, { scale: alpha, rounding, ...(bias && { bias }) });
  return c === undefined || bias ? product : plus(at, [product, c], [1, beta], rounding);
}
