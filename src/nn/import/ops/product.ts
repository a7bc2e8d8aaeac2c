/** @file MatMul and Gemm with one constant factor. */
import { UserError } from '../../../formats/userError.ts';
import {
  add,
  expand,
  matmul,
  mul,
  permute,
  reshape,
  sizeOf,
  transpose,
  type Shape,
} from '../../../tensor/index.ts';
import { shapeText } from '../../../tensor/shape.ts';
import type { NetworkBuilder } from '../networkBuilder.ts';
import type { LayerFields } from '../../network.ts';
import { flag, float, operator, optional, value } from '../operator.ts';
import { asReal, computed, moved, summed } from '../constants.ts';
import type { ConstantValue, LayerValue, Value } from '../value.ts';
import { permuted } from './layout.ts';
import { addBranches, affine } from './elementwise.ts';

const mismatch = (a: Shape, b: Shape): never => {
  throw new UserError(`shapes ${shapeText(a)} and ${shapeText(b)} cannot be multiplied.`);
};

/** A constant factor as a plain matrix; leading axes must have length 1. */
function asMatrix(c: ConstantValue, vector: 'row' | 'column'): ConstantValue {
  if (c.shape.length === 1) return { ...c, shape: vector === 'row' ? [1, c.shape[0]] : [c.shape[0], 1] };
  if (c.shape.slice(0, -2).some((n) => n !== 1))
    throw new UserError(`a stack of matrices ${shapeText(c.shape)} is not supported as factor.`);
  return { ...c, shape: c.shape.slice(-2) };
}

/** weight [N,K] times each column of a value seen as [K, columns], plus bias [N], [1,N] or [1] of a single column. */
function overColumns(
  builder: NetworkBuilder,
  x: LayerValue,
  weight: ConstantValue,
  columns: number,
  shape: Shape,
  bias?: ConstantValue,
): LayerValue {
  const [out, inner] = weight.shape as [number, number];
  const numbers = {
    weight: weight.data,
    ...(bias && { bias: moved((t) => expand(reshape(t, [-1]), [out]), bias).data }),
  };
  const fields: LayerFields =
    columns === 1
      ? { kind: 'linear', inFeatures: inner, outFeatures: out, bias: bias !== undefined }
      : {
          kind: 'conv2d',
          inChannels: inner,
          outChannels: out,
          kernel: [1, 1],
          stride: [1, 1],
          padding: [0, 0, 0, 0],
          dilation: [1, 1],
          groups: 1,
          bias: false,
        };
  const view = builder.withLayout(x, columns === 1 ? [inner] : [inner, columns, 1]);
  return builder.add(fields, [view], shape, numbers);
}

/** The shape of a product: leading axes that only the constant factor has have length 1; a vector's axis is gone. */
const productShape = (x: Shape, factor: Shape, axes: Shape, outer: number, behind: Shape = []): Shape => [
  ...new Array<number>(Math.max(0, factor.length - Math.max(2, x.length))).fill(1),
  ...axes,
  ...(factor.length === 1 ? [] : [outer]),
  ...behind,
];

/** x [...,K] · c [K,N] + bias */
function timesConstant(
  builder: NetworkBuilder,
  x: LayerValue,
  factor: ConstantValue,
  bias?: ConstantValue,
): LayerValue {
  const c = asMatrix(factor, 'column');
  const [inner, outer] = c.shape as [number, number];
  const lead = x.shape.slice(0, -1);
  if (x.shape.length === 0 || x.shape.at(-1) !== inner) mismatch(x.shape, factor.shape);
  const shape = productShape(x.shape, factor.shape, lead, outer);
  const rows = sizeOf(lead);
  const weight = moved((t) => transpose(t, 0, 1), c);
  if (rows === 1 && (bias === undefined || sizeOf(bias.shape) === (bias.shape.at(-1) ?? 1)))
    return overColumns(builder, x, weight, 1, shape, bias);
  const columns = permuted(builder, { ...x, shape: [rows, inner] }, [1, 0]);
  const made = overColumns(builder, columns, weight, rows, [outer, rows]);
  const result = { ...permuted(builder, made, [1, 0]), shape };
  return bias ? affine(builder, result, { bias }) : result;
}

/** c [M,K] · x [...,K,N] or [K] */
function constantTimes(builder: NetworkBuilder, factor: ConstantValue, x: LayerValue): LayerValue {
  const c = asMatrix(factor, 'row');
  const [outer, inner] = c.shape as [number, number];
  const vector = x.shape.length === 1;
  const [rows, columns] = vector ? [x.shape[0], 1] : (x.shape.slice(-2) as [number, number]);
  if (rows !== inner || sizeOf(x.shape) !== rows * columns) mismatch(factor.shape, x.shape);
  const lead = x.shape.slice(0, -2);
  const shape = productShape(x.shape, factor.shape, lead, outer, vector ? [] : [columns]);
  return overColumns(builder, x, c, columns, shape);
}

function multiplied(builder: NetworkBuilder, a: Value, b: Value): Value {
  if (a.kind === 'constant' && b.kind === 'constant') {
    const full = summed(matmul, a.shape.at(-1) ?? 1, asMatrix(a, 'row'), asMatrix(b, 'column'));
    const shape = [
      ...(a.shape.length === 1 ? [] : a.shape.slice(0, -1)),
      ...(b.shape.length === 1 ? [] : b.shape.slice(-1)),
    ];
    return { ...full, shape };
  }
  if (a.kind === 'constant') return constantTimes(builder, a, b as LayerValue);
  if (b.kind === 'constant') return timesConstant(builder, a, b);
  throw new UserError('the product of two values that both depend on the input is not supported.');
}

export const products = {
  MatMul: operator([value, value], {}, ([a, b], _, { builder }) => multiplied(builder, a, b)),
  /** α·A·B + β·C, A or B constant. */
  Gemm: operator(
    [value, value, optional(value)],
    { alpha: float(1), beta: float(1), transA: flag(0), transB: flag(0) },
    ([first, second, addend], { alpha, beta, transA, transB }, { builder }) => {
      const flipped = (x: Value, flips: number): Value => {
        if (x.shape.length !== 2) throw new UserError(`${shapeText(x.shape)} is not a matrix.`);
        if (flips === 0) return x;
        return x.kind === 'constant' ? moved((t) => permute(t, [1, 0]), x) : permuted(builder, x, [1, 0]);
      };
      const scaled = (c: ConstantValue, by: number): ConstantValue =>
        by === 1 ? c : computed((t) => mul(t, by), asReal(c));
      let [a, b] = [flipped(first, transA), flipped(second, transB)];
      if (b.kind === 'constant') b = scaled(b, alpha);
      else if (a.kind === 'constant') a = scaled(a, alpha);
      const c = beta === 0 ? undefined : addend;
      if (a.kind === 'layer' && b.kind === 'constant' && c?.kind === 'constant')
        return timesConstant(builder, a, b, scaled(c, beta));
      const y = multiplied(builder, a, b);
      if (!c) return y;
      if (c.kind === 'constant') {
        if (y.kind === 'layer') return affine(builder, y, { bias: scaled(c, beta) });
        return computed(add, y, beta === 1 ? c : computed((t) => mul(t, beta), c));
      }
      if (y.kind === 'constant') return affine(builder, c, { bias: y });
      if (beta !== 1)
        throw new UserError(`beta ${beta} with an addend that depends on the input is not supported.`);
      return addBranches(builder, y, c);
    },
  ),
};
