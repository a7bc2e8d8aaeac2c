/** @file Operations met only on constants: what exporters write to compute shapes and weights. */
import { UserError } from '../../../formats/userError.ts';
import { exp, expand, log, sizeOf, sqrt, type Tensor } from '../../../tensor/index.ts';
import type { ImportSite, OnnxImporter } from '../site.ts';
import { constantOf, constantOfTensor, fold, type ConstantValue } from '../value.ts';
import { commonShape } from './elementwise.ts';

const unary =
  (f: (x: Tensor) => Tensor): OnnxImporter =>
  (site) => ({ ...fold(f, site.requiredConstant(0, 'input')), integer: false });

const mapped =
  (f: (x: number) => number): OnnxImporter =>
  (site) => {
    const x = site.requiredConstant(0, 'input');
    return { ...x, data: Float64Array.from(x.data, f) };
  };

/** Elementwise on numbers, with broadcasting. */
function zipped(f: (...values: number[]) => number, ...inputs: ConstantValue[]): ConstantValue {
  const shape = inputs.reduce<readonly number[]>((s, c) => commonShape(s, c.shape), []);
  const spread = inputs.map((c) => fold((t) => expand(t, shape), c).data);
  const data = Float64Array.from({ length: sizeOf(shape) }, (_, i) => f(...spread.map((d) => d[i])));
  return { kind: 'constant', shape, data, integer: true };
}

const compared =
  (count: number, f: (...values: number[]) => number): OnnxImporter =>
  (site) =>
    zipped(f, ...Array.from({ length: count }, (_, i) => site.requiredConstant(i, `input ${i}`)));

function constantNode(site: ImportSite): ConstantValue {
  const tensor = site.tensor('value');
  if (tensor) return constantOfTensor(tensor);
  const floats = site.floats('value_floats');
  if (floats) return constantOf(floats, [floats.length]);
  const ints = site.ints('value_ints');
  if (ints) return constantOf(ints, [ints.length], true);
  if (site.node.attributes?.['value_float']) return constantOf([site.float('value_float', 0)], []);
  if (site.node.attributes?.['value_int']) return constantOf([site.int('value_int', 0)], [], true);
  throw new UserError('it holds no numbers.');
}

/** More elements than any shape or index list has. */
const largestFill = 2 ** 26;

export const folding: Readonly<Record<string, OnnxImporter>> = {
  Constant: constantNode,
  ConstantOfShape(site) {
    const shape = [...site.requiredConstant(0, 'shape').data];
    const tensor = site.tensor('value');
    const filler = tensor && constantOfTensor(tensor);
    if (!(sizeOf(shape) <= largestFill)) throw new UserError(`it would hold ${sizeOf(shape)} elements.`);
    const data = new Float64Array(sizeOf(shape)).fill(filler?.data[0] ?? 0);
    return constantOf(data, shape, filler?.integer ?? false);
  },
  Range(site) {
    const [start, limit, step] = [0, 1, 2].map((i) => site.requiredConstant(i, 'bound'));
    const [from, by] = [start.data[0], step.data[0]];
    const count = Math.max(0, Math.ceil((limit.data[0] - from) / by));
    if (!(count <= largestFill)) throw new UserError(`it would hold ${count} elements.`);
    const data = Array.from({ length: count }, (_, i) => from + i * by);
    return constantOf(data, [count], start.integer);
  },
  Sqrt: unary(sqrt),
  Exp: unary(exp),
  Log: unary(log),
  Reciprocal: mapped((v) => 1 / v),
  Floor: mapped(Math.floor),
  Ceil: mapped(Math.ceil),
  Not: mapped((v) => (v === 0 ? 1 : 0)),
  Pow(site) {
    const [base, exponent] = [site.requiredConstant(0, 'base'), site.requiredConstant(1, 'exponent')];
    return { ...zipped((a, b) => a ** b, base, exponent), integer: base.integer };
  },
  Mod: compared(2, (a, b) => ((a % b) + b) % b),
  Equal: compared(2, (a, b) => (a === b ? 1 : 0)),
  Greater: compared(2, (a, b) => (a > b ? 1 : 0)),
  Less: compared(2, (a, b) => (a < b ? 1 : 0)),
  And: compared(2, (a, b) => (a && b ? 1 : 0)),
  Or: compared(2, (a, b) => (a || b ? 1 : 0)),
  Where(site) {
    const [, a, b] = [0, 1, 2].map((i) => site.requiredConstant(i, `input ${i}`));
    const chosen = compared(3, (c, p, q) => (c ? p : q))(site) as ConstantValue;
    return { ...chosen, integer: a.integer && b.integer };
  },
  ReduceProd(site) {
    const x = site.requiredConstant(0, 'input');
    if ((site.ints('axes') ?? []).length > 0 && x.shape.length > 1)
      throw new UserError('products over some axes only are not folded.');
    const product = [...x.data].reduce((a, b) => a * b, 1);
    const keep = site.int('keepdims', 1) === 1;
    return constantOf([product], keep ? x.shape.map(() => 1) : [], x.integer);
  },
};
