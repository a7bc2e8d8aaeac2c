/** @file ReduceSum and ReduceMean. */
import { sizeOf, sum, type Shape } from '../../../tensor/index.ts';
import { UserError } from '../../../formats/userError.ts';
import type { OnnxDtype } from '../../../formats/onnx/model.ts';
import { commonType, computedWhole, exactly, summed, wholeNumbers, wholeTypes } from '../constants.ts';
import { axisOf, listOf, type ImportSite } from '../site.ts';
import { constantOf, type ConstantValue, type Value } from '../value.ts';
import { scalarAffine } from './elementwise.ts';

/** The axes that a reduction takes away, and the shape it leaves. */
export interface ReducedAxes {
  readonly axes: readonly number[];
  readonly shape: Shape;
}

/** Axes given as attribute or input; all where there are none, unless that means that nothing is done: undefined. */
export function reducedAxes(site: ImportSite, from: Shape): ReducedAxes | undefined {
  const given = listOf(site, 'axes', 1) ?? [];
  if (given.length === 0 && site.int('noop_with_empty_axes', 0) === 1) return undefined;
  const axes = given.length > 0 ? given.map((a) => axisOf(a, from.length)) : from.map((_, i) => i);
  if (new Set(axes).size < axes.length) throw new UserError(`its axes [${given.join(',')}] name one twice.`);
  const keep = site.int('keepdims', 1) === 1;
  const shape = keep
    ? from.map((n, i) => (axes.includes(i) ? 1 : n))
    : from.filter((_, i) => !axes.includes(i));
  return { axes, shape };
}

function wholeSum(x: ConstantValue, { axes, shape }: ReducedAxes): ConstantValue {
  if (axes.length < x.shape.length)
    throw new UserError('sums of whole constants over some axes only are not folded.');
  return wholeResult(
    x.dtype,
    shape,
    exactly(x).reduce((a, b) => a + b, 0n),
  );
}

/** One whole number. ONNX Runtime reduces some types in floating point, which saturates where others wrap. */
export function wholeResult(dtype: OnnxDtype, shape: Shape, exact: bigint): ConstantValue {
  const result = wholeNumbers(dtype, shape, [exact]);
  if (BigInt(result.data[0]) !== exact)
    throw new UserError(`its result ${exact} is beyond what ${dtype} holds.`);
  return result;
}

function reducedConstant(x: ConstantValue, reduction: ReducedAxes, by: number): ConstantValue {
  const { axes, shape } = reduction;
  if (wholeTypes[x.dtype]) {
    const total = wholeSum(x, reduction);
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
function reduced(site: ImportSite, factor: (count: number) => number): Value {
  const x = site.value(0);
  const reduction = reducedAxes(site, x.shape);
  if (reduction === undefined) return x;
  const { axes, shape } = reduction;
  const by = factor(sizeOf(axes.map((a) => x.shape[a])));
  if (x.kind === 'constant') return reducedConstant(x, reduction, by);
  const long = axes.filter((a) => x.shape[a] !== 1);
  if (long.length === 0) return scalarAffine(site.builder, { ...x, shape }, by, 0);
  const lead = x.shape.length > 1 && x.shape[0] === 1 ? 1 : 0;
  const view = site.builder.withLayout(x, x.shape.slice(lead));
  const total = site.add({ kind: 'sum', axes: long.map((a) => a - lead) }, [view], shape);
  return scalarAffine(site.builder, total, by, 0);
}

export const reduceSum = (site: ImportSite): Value => reduced(site, () => 1);
export const reduceMean = (site: ImportSite): Value => reduced(site, (count) => 1 / count);
