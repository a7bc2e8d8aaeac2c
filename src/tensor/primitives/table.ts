/** @file The table of primitives: name → shape rule and plain meaning. */
import type { PrimitiveName } from '../tensor.ts';
import type { Primitive } from './definition.ts';
import { elementwise } from './elementwise.ts';
import { indexing } from './indexing.ts';
import { layout } from './layout.ts';
import { linear } from './linear.ts';
import { reduction } from './reduction.ts';

/** Inputs, constants and loops are structure rather than functions of their inputs: interpreter and lowering treat them apart. */
export type StructuralName = 'input' | 'constant' | 'loop' | 'loopResult';
export type FunctionName = Exclude<PrimitiveName, StructuralName>;

export const primitives: { readonly [K in FunctionName]: Primitive<K> } = {
  ...elementwise,
  ...layout,
  ...reduction,
  ...linear,
  ...indexing,
};

export function isFunction(op: PrimitiveName): op is FunctionName {
  return op in primitives;
}
