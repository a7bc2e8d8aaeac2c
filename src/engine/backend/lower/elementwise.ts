/** @file Lowerings of elementwise primitives. */
import { broadcastShapes, sameShape } from '../../../tensor/shape.ts';
import { isOp, type BinaryName, type PrimitiveName, type Tensor } from '../../../tensor/tensor.ts';
import { castCode, emit, reshape, scalar, type Emitter } from './emitter.ts';
import type { Lowering, LoweringSite, LoweringTable } from './lowering.ts';

type UnaryName = 'neg' | 'abs' | 'sign' | 'exp' | 'log' | 'sqrt' | 'tanh' | 'sigmoid' | 'relu' | 'logicalNot';

/**
 * Operands with `expand` looked through where broadcasting gives the same result:
 * elementwise work is bound by memory, and an Expand would write a whole tensor for nothing.
 */
function withoutExpand<K extends BinaryName | 'where'>({ node, nameOf }: LoweringSite<K>): string[] {
  const operands = [...node.inputs];
  for (const [i, operand] of operands.entries()) {
    if (operand.op !== 'expand') continue;
    const bare = operand.inputs[0];
    const others = operands.filter((_, k) => k !== i).concat(bare);
    const shape = others.reduce<readonly number[] | undefined>(
      (joined, other) => joined && broadcastShapes(joined, other.shape),
      [],
    );
    if (shape && sameShape(shape, node.shape)) operands[i] = bare;
  }
  return operands.map((operand: Tensor) => nameOf(operand));
}

const binary =
  <K extends BinaryName>(opType: string): Lowering<K> =>
  (site) =>
    emit(site.emitter, opType, withoutExpand(site));

const unary =
  <K extends UnaryName>(opType: string): Lowering<K> =>
  ({ emitter, inputs }) =>
    emit(emitter, opType, inputs);

const first: Lowering<'alias' | 'stopGradient' | 'customGradient'> = ({ inputs }) => inputs[0];

/** x^exponent; the usual exponents have cheaper operations of their own. */
function power(emitter: Emitter, x: string, exponent: number): string {
  if (exponent === 1) return x;
  if (exponent === 2) return emit(emitter, 'Mul', [x, x]);
  if (exponent === 0.5) return emit(emitter, 'Sqrt', [x]);
  if (exponent === -1) return emit(emitter, 'Reciprocal', [x]);
  if (exponent === -0.5) return emit(emitter, 'Reciprocal', [emit(emitter, 'Sqrt', [x])]);
  return emit(emitter, 'Pow', [x, scalar(emitter, exponent)]);
}

/** Elements of a channel from which an affine map before ReLU is worth being a convolution. */
const largeChannel = 256;

/**
 * ReLU; behind an affine map per channel (batch norm) both as one pass: ONNX Runtime joins Relu to a convolution, here
 * one of each channel by itself, 1x1. Constant scales are left to be folded into the convolution before.
 */
function relu({ emitter, node, inputs, nameOf }: LoweringSite<'relu'>): string {
  const [x] = node.inputs;
  let value = inputs[0];
  if (isOp(x, 'channelAffine') && x.shape.length === 4 && x.inputs[1].op !== 'constant') {
    const [, channels, height, width] = x.shape;
    if (height * width >= largeChannel) {
      const [source, scale, shift] = x.inputs;
      const weight = reshape(emitter, nameOf(scale), scale.shape, [channels, 1, 1, 1]);
      value = emit(emitter, 'Conv', [nameOf(source), weight, nameOf(shift)], { group: channels });
    }
  }
  const made = emit(emitter, 'Relu', [value]);
  emitter.rectified.set(x, made);
  return made;
}

const isZero = (t: Tensor): boolean =>
  isOp(t, 'constant') && t.shape.length === 0 && t.attributes.data[0] === 0;

/** max(0, min(1, alpha·x + beta)), one pass. */
const hardSigmoid = (emitter: Emitter, x: string, alpha: number, beta: number): string =>
  emit(emitter, 'HardSigmoid', [x], { alpha: { float: alpha }, beta: { float: beta } });

/** Far beyond all but denormal x: a HardSigmoid as steep as that is a step. */
const steep = 3e38;

/** Comparisons with 0 as numbers, in one pass over floats (comparison and Cast are two): [alpha, beta] of HardSigmoid. */
const steps: Partial<Record<PrimitiveName, readonly [number, number]>> = {
  gt: [steep, 0],
  ge: [steep, 1],
  lt: [-steep, 0],
  le: [-steep, 1],
};

/** 1 where x compares to 0, else 0; from ReLU's result where that tells, so that x need not be kept. */
function stepFunction({ emitter, nameOf }: LoweringSite<'cast'>, comparison: Tensor): string | undefined {
  const [x, zero] = comparison.inputs;
  const step = steps[comparison.op];
  if (step === undefined || !isZero(zero) || x.dtype !== 'float32') return undefined;
  const positive = comparison.op === 'gt' ? emitter.rectified.get(x) : undefined;
  return hardSigmoid(emitter, positive ?? nameOf(x), ...step);
}

/** The number that a constant scalar holds. */
const numberOf = (t: Tensor): number | undefined =>
  isOp(t, 'constant') && t.shape.length === 0 && t.dtype === 'float32' ? t.attributes.data[0] : undefined;

/** What is clamped by min(max(x, low), high) with numbers low and high, in one pass; of αx + β to 0..1 that too. */
function clamped({ emitter, node, nameOf }: LoweringSite<'minimum'>): string | undefined {
  const [inner, top] = node.inputs;
  if (!isOp(inner, 'maximum')) return undefined;
  const [x, bottom] = inner.inputs;
  const low = numberOf(bottom);
  const high = numberOf(top);
  if (low === undefined || high === undefined || low > high) return undefined;
  if (low === 0 && high === 1 && isOp(x, 'add') && isOp(x.inputs[0], 'mul')) {
    const [source, slope] = x.inputs[0].inputs;
    const alpha = numberOf(slope);
    const beta = numberOf(x.inputs[1]);
    if (alpha !== undefined && beta !== undefined) return hardSigmoid(emitter, nameOf(source), alpha, beta);
  }
  return emit(emitter, 'Clip', [nameOf(x), scalar(emitter, low), scalar(emitter, high)]);
}

/** x plus values scattered over zeros of its shape: scattered onto x. */
function scatteredOnto({ emitter, node, nameOf }: LoweringSite<'add'>): string | undefined {
  for (const [i, scattered] of node.inputs.entries()) {
    const x = node.inputs[1 - i];
    if (!isOp(scattered, 'putAlongDim') || !sameShape(scattered.shape, x.shape)) continue;
    const [updates, index] = scattered.inputs;
    return emit(emitter, 'ScatterElements', [nameOf(x), nameOf(index), nameOf(updates)], {
      axis: scattered.attributes.axis,
      reduction: { string: 'add' },
    });
  }
  return undefined;
}

/** a + (−b) as a − b: the same bits, one pass less. */
function withoutNeg({ emitter, node, nameOf }: LoweringSite<'add'>): string | undefined {
  const [a, b] = node.inputs;
  for (const [kept, other] of [
    [a, b],
    [b, a],
  ])
    if (isOp(other, 'neg') && sameShape(kept.shape, node.shape) && sameShape(other.shape, node.shape))
      return emit(emitter, 'Sub', [nameOf(kept), nameOf(other.inputs[0])]);
  return undefined;
}

const add = binary<'add'>('Add');
const minimum = binary<'minimum'>('Min');

export const elementwise: LoweringTable<
  BinaryName | UnaryName | 'relu' | 'alias' | 'stopGradient' | 'customGradient' | 'pow' | 'cast' | 'where'
> = {
  add: (site) => scatteredOnto(site) ?? withoutNeg(site) ?? add(site),
  sub: binary('Sub'),
  mul: binary('Mul'),
  div: binary('Div'),
  maximum: binary('Max'),
  minimum: (site) => clamped(site) ?? minimum(site),
  eq: binary('Equal'),
  gt: binary('Greater'),
  ge: binary('GreaterOrEqual'),
  lt: binary('Less'),
  le: binary('LessOrEqual'),
  logicalAnd: binary('And'),
  logicalOr: binary('Or'),
  logicalNot: unary('Not'),
  neg: unary('Neg'),
  abs: unary('Abs'),
  sign: unary('Sign'),
  exp: unary('Exp'),
  log: unary('Log'),
  sqrt: unary('Sqrt'),
  tanh: unary('Tanh'),
  sigmoid: unary('Sigmoid'),
  relu,
  alias: first,
  stopGradient: first,
  customGradient: first,
  pow: ({ emitter, inputs, node }) => power(emitter, inputs[0], node.attributes.exponent),
  cast(site) {
    const { emitter, node, inputs } = site;
    const { to } = node.attributes;
    const [x] = node.inputs;
    if (x.dtype === to) return inputs[0];
    const step = to === 'float32' ? stepFunction(site, x) : undefined;
    if (step !== undefined) return step;
    return emit(emitter, 'Cast', inputs, { to: castCode[to] });
  },
  where(site) {
    const { emitter, node, inputs } = site;
    if (node.dtype !== 'bool') return emit(emitter, 'Where', withoutExpand(site));
    // ONNX Runtime has no Where of booleans on CPU: (c ∧ a) ∨ (¬c ∧ b).
    const [condition, a, b] = inputs as [string, string, string];
    const yes = emit(emitter, 'And', [condition, a]);
    const no = emit(emitter, 'And', [emit(emitter, 'Not', [condition]), b]);
    return emit(emitter, 'Or', [yes, no]);
  },
};
