/** @file Elementwise operations; numbers are accepted wherever a tensor is and broadcast. */
import { apply, constant } from '../apply.ts';
import type { BinaryName, CustomVjp, DType, Tensor } from '../tensor.ts';

/** A tensor, or a number that broadcasts to it. */
export type Operand = Tensor | number;

/** The operand as a tensor; numbers become float32 constants (int32 beside an int32 partner). */
export function toTensor(value: Operand, beside?: Operand): Tensor {
  if (typeof value !== 'number') return value;
  const integer = typeof beside === 'object' && beside.dtype === 'int32';
  return integer ? constant(Int32Array.of(value), []) : constant(value);
}

const binary =
  (op: BinaryName) =>
  (a: Operand, b: Operand): Tensor =>
    apply(op, [toTensor(a, b), toTensor(b, a)], {});

export const add = binary('add');
export const sub = binary('sub');
export const mul = binary('mul');
export const div = binary('div');
/** Larger of two; where they tie, a takes the gradient. */
export const maximum = binary('maximum');
/** Smaller of two; where they tie, a takes the gradient. */
export const minimum = binary('minimum');
export const eq = binary('eq');
export const gt = binary('gt');
export const ge = binary('ge');
export const lt = binary('lt');
export const le = binary('le');
export const logicalAnd = binary('logicalAnd');
export const logicalOr = binary('logicalOr');

export const neg = (x: Tensor): Tensor => apply('neg', [x], {});
export const abs = (x: Tensor): Tensor => apply('abs', [x], {});
export const sign = (x: Tensor): Tensor => apply('sign', [x], {});
export const exp = (x: Tensor): Tensor => apply('exp', [x], {});
export const log = (x: Tensor): Tensor => apply('log', [x], {});
export const sqrt = (x: Tensor): Tensor => apply('sqrt', [x], {});
export const tanh = (x: Tensor): Tensor => apply('tanh', [x], {});
export const sigmoid = (x: Tensor): Tensor => apply('sigmoid', [x], {});
export const relu = (x: Tensor): Tensor => apply('relu', [x], {});
export const pow = (x: Tensor, exponent: number): Tensor => apply('pow', [x], { exponent });
export const logicalNot = (x: Tensor): Tensor => apply('logicalNot', [x], {});
export const cast = (x: Tensor, to: DType): Tensor => (x.dtype === to ? x : apply('cast', [x], { to }));
/** a where the condition holds, else b. */
export const where = (condition: Tensor, a: Operand, b: Operand): Tensor =>
  apply('where', [condition, toTensor(a, b), toTensor(b, a)], {});

/** min(max(x, low), high); at a bound the gradient passes to x. */
export const clamp = (x: Tensor, low: Operand, high: Operand): Tensor => minimum(maximum(x, low), high);

/** 1 where the condition holds, else 0 (float32). */
export const indicator = (condition: Tensor): Tensor => cast(condition, 'float32');

/** x as a constant to differentiation (PyTorch's detach). */
export const stopGradient = (x: Tensor): Tensor => apply('stopGradient', [x], {});

/**
 * `value`, with a gradient of one's own: `vjp(cotangent, sources, value)` gives the sources' cotangents.
 * Straight-through estimation is `customGradient(rounded, [x], (g) => [g])`.
 */
export function customGradient(value: Tensor, sources: readonly Tensor[], vjp: CustomVjp): Tensor {
  return apply('customGradient', [value, ...sources], { vjp });
}

/** max(x,0) and min(x,0). */
export function signParts(x: Tensor): { positive: Tensor; negative: Tensor } {
  const positive = relu(x);
  return { positive, negative: sub(x, positive) };
}
