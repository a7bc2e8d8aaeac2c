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
import type { ImportSite } from '../site.ts';
import { asReal, computed, moved, summed } from '../constants.ts';
import { type ConstantValue, type LayerValue, type Value } from '../value.ts';
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

/** weight [N,K] times a value of K elements, plus bias [N], [1,N] or [1]. */
const fullyConnected = (
  builder: NetworkBuilder,
  x: LayerValue,
  weight: ConstantValue,
  shape: Shape,
  bias?: ConstantValue,
): LayerValue => {
  const [outFeatures, inFeatures] = weight.shape as [number, number];
  const flat = builder.withLayout(x, [inFeatures]);
  return builder.add({ kind: 'linear', inFeatures, outFeatures, bias: bias !== undefined }, [flat], shape, {
    weight: weight.data,
    ...(bias && { bias: moved((t) => expand(reshape(t, [-1]), [outFeatures]), bias).data }),
  });
};

/** weight [N,K] times each column of a value seen as [K, columns]: a 1×1 convolution. */
function overColumns(
  builder: NetworkBuilder,
  x: LayerValue,
  weight: ConstantValue,
  columns: number,
  shape: Shape,
): LayerValue {
  const [outChannels, inChannels] = weight.shape as [number, number];
  if (columns === 1) return fullyConnected(builder, x, weight, shape);
  return builder.add(
    {
      kind: 'conv2d',
      inChannels,
      outChannels,
      kernel: [1, 1],
      stride: [1, 1],
      padding: [0, 0, 0, 0],
      dilation: [1, 1],
      groups: 1,
      bias: false,
    },
    [builder.withLayout(x, [inChannels, columns, 1])],
    shape,
    { weight: weight.data },
  );
}

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
  const extra = Math.max(0, factor.shape.length - Math.max(2, x.shape.length));
  const shape = [
    ...Array.from({ length: extra }, () => 1),
    ...lead,
    ...(factor.shape.length === 1 ? [] : [outer]),
  ];
  const rows = sizeOf(lead);
  const weight = moved((t) => transpose(t, 0, 1), c);
  if (rows === 1 && (bias === undefined || sizeOf(bias.shape) === (bias.shape.at(-1) ?? 1)))
    return fullyConnected(builder, x, weight, shape, bias);
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
  const extra = Math.max(0, factor.shape.length - Math.max(2, x.shape.length));
  const shape = [
    ...Array.from({ length: extra }, () => 1),
    ...lead,
    ...(factor.shape.length === 1 ? [] : [outer]),
    ...(vector ? [] : [columns]),
  ];
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

export const matMul = (site: ImportSite): Value => multiplied(site.builder, site.value(0), site.value(1));

/** α·A·B + β·C, A or B constant. */
export function gemm(site: ImportSite): Value {
  const { builder } = site;
  const flipped = (value: Value, name: string): Value => {
    if (value.shape.length !== 2) throw new UserError(`${shapeText(value.shape)} is not a matrix.`);
    if (site.int(name, 0) === 0) return value;
    if (value.kind === 'constant') return moved((t) => permute(t, [1, 0]), value);
    return permuted(builder, value, [1, 0]);
  };
  const [alpha, beta] = [site.float('alpha', 1), site.float('beta', 1)];
  const scaled = (c: ConstantValue, by: number): ConstantValue =>
    by === 1 ? c : computed((t) => mul(t, by), asReal(c));
  let [a, b] = [flipped(site.value(0), 'transA'), flipped(site.value(1), 'transB')];
  if (b.kind === 'constant') b = scaled(b, alpha);
  else if (a.kind === 'constant') a = scaled(a, alpha);
  const c = beta === 0 ? undefined : site.input(2);
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
}
