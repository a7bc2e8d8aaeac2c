/** @file ReduceSum, ReduceMean, and of constants ReduceProd. */
import { mul, sizeOf, sum, type Shape } from '../../../tensor/index.ts';
import { UserError } from '../../../formats/userError.ts';
import type { OnnxDtype } from '../../../formats/onnx/model.ts';
import {
  commonType,
  computed,
  computedWhole,
  exactly,
  summed,
  wholeNumbers,
  wholeTypes,
} from '../constants.ts';
import {
  axisOf,
  constant,
  flag,
  ints,
  operator,
  optional,
  since,
  until,
  value,
  wholes,
  type Operator,
  type Site,
} from '../operator.ts';
import { constantOf, type ConstantValue, type Value } from '../value.ts';
import { scalarAffine } from './elementwise.ts';

/** The axes that a reduction takes away, and the shape it leaves. */
interface Reduced {
  readonly axes: readonly number[];
  readonly shape: Shape;
}

/**
 * A reduction over axes given as attribute or input; over all where there are none, unless that means that nothing is done.
 * @param last the last operator set in which they are an attribute
 * @param input what it reduces
 */
const reduction = <V extends Value>(
  last: number,
  input: typeof value | ReturnType<typeof constant>,
  reduce: (x: V, over: Reduced, site: Site) => Value,
): Operator =>
  operator(
    [input, optional(wholes('axes'))],
    { axes: until(last, ints), keepdims: flag(1), noop_with_empty_axes: since(last + 1, flag(0)) },
    ([x, listed = []], { axes: given = listed, keepdims, noop_with_empty_axes }, site) => {
      if (given.length === 0 && noop_with_empty_axes === 1) return x;
      const axes = given.length > 0 ? given.map((a) => axisOf(a, x.shape.length)) : x.shape.map((_, i) => i);
      if (new Set(axes).size < axes.length)
        throw new UserError(`its axes [${given.join(',')}] name one twice.`);
      const shape = x.shape.flatMap((n, i) => (!axes.includes(i) ? [n] : keepdims === 1 ? [1] : []));
      return reduce(x as V, { axes, shape }, site);
    },
  );

function requireWhole(x: ConstantValue, { axes }: Reduced, what: string): void {
  if (axes.length < x.shape.length) throw new UserError(`${what} over some axes only are not folded.`);
}

/** One whole number. ONNX Runtime reduces some types in floating point, which saturates where others wrap. */
function wholeResult(dtype: OnnxDtype, shape: Shape, exact: bigint): ConstantValue {
  const result = wholeNumbers(dtype, shape, [exact]);
  if (BigInt(result.data[0]) !== exact)
    throw new UserError(`its result ${exact} is beyond what ${dtype} holds.`);
  return result;
}

function reducedConstant(x: ConstantValue, over: Reduced, by: number): ConstantValue {
  const { axes, shape } = over;
  if (wholeTypes[x.dtype]) {
    requireWhole(x, over, 'sums of whole constants');
    const total = wholeResult(
      x.dtype,
      shape,
      exactly(x).reduce((a, b) => a + b, 0n),
    );
    const count = constantOf([Math.round(1 / by)], [], x.dtype);
    return { ...(by === 1 ? total : computedWhole((a, b) => a / b, total, count)), shape };
  }
  const total = summed((t) => sum(t, axes, true), x.data.length, x);
  return constantOf(
    total.data.map((v) => v * by),
    shape,
    commonType([x]),
  );
}

/** Sum over axes times `factor(number of terms)`. */
const reduceBy = (last: number, factor: (count: number) => number): Operator =>
  reduction(last, value, (x, over, { builder }) => {
    const { axes, shape } = over;
    const by = factor(sizeOf(axes.map((a) => x.shape[a])));
    if (x.kind === 'constant') return reducedConstant(x, over, by);
    const long = axes.filter((a) => x.shape[a] !== 1);
    if (long.length === 0) return scalarAffine(builder, { ...x, shape }, by, 0);
    const lead = x.shape.length > 1 && x.shape[0] === 1 ? 1 : 0;
    const view = builder.withLayout(x, x.shape.slice(lead));
    const total = builder.add({ kind: 'sum', axes: long.map((a) => a - lead) }, [view], shape);
    return scalarAffine(builder, total, by, 0);
  });

export const reductions = {
  ReduceSum: reduceBy(12, () => 1),
  ReduceMean: reduceBy(17, (count) => 1 / count),
};

export const reduceProd = reduction<ConstantValue>(17, constant('input'), (x, over) => {
  requireWhole(x, over, 'products');
  const { shape } = over;
  if (wholeTypes[x.dtype])
    return wholeResult(
      x.dtype,
      shape,
      exactly(x).reduce((a, b) => a * b, 1n),
    );
  const numbers = Array.from(x.data, (v) => constantOf([v], [], x.dtype));
  return { ...numbers.reduce((a, b) => computed(mul, a, b), constantOf([1], [], x.dtype)), shape };
});
