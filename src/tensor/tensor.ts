/** @file Tensor: a node of a traced program; nodes are immutable and know their inputs. The primitives by name. */
import type { Shape } from './shape.ts';

/** Element types of the language. Floats run as f32 in the engine and as f64 in the interpreter. */
export type DType = 'float32' | 'int32' | 'bool';

/** Shape and element type of a program's input. */
export interface TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** One value of a traced program: the primitive that makes it, and from what. */
export interface Tensor<K extends PrimitiveName = PrimitiveName> extends TensorSpec {
  readonly op: K;
  readonly inputs: readonly Tensor[];
  readonly attributes: AttributesOf<K>;
  /** Order of creation: inputs always have smaller numbers. */
  readonly id: number;
}

/** A traced function. Inputs are `input` nodes; names are tree paths such as `params.conv1.weight`. */
export interface Program {
  readonly inputs: readonly Tensor<'input'>[];
  readonly outputs: readonly Tensor[];
  readonly outputNames: readonly string[];
}

/** Elements of a constant, row-major; booleans as 0/1. */
export type ConstantData = Float64Array | Float32Array | Int32Array | Uint8Array;

/** Geometry of a 2-D convolution; pairs are [vertical, horizontal], padding is [top, left, bottom, right]. */
export interface ConvGeometry {
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number, number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

/** Gradient of a `customGradient`: cotangent of the value → cotangent of each further input (undefined: none). */
export type CustomVjp = (
  cotangent: Tensor,
  inputs: readonly Tensor[],
  value: Tensor,
) => readonly (Tensor | undefined)[];

type None = Readonly<Record<never, never>>;
/** Axes (not negative) to reduce over. */
export interface Reduction {
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

/** Primitive → attributes. The comment gives the inputs. */
export interface PrimitiveAttributes {
  /** () a program's argument */
  input: { readonly name: string };
  /** () */
  constant: { readonly data: ConstantData };
  /** (x) identity; separates the argument of a differentiated function from its other uses */
  alias: None;
  /** (x) identity without gradient */
  stopGradient: None;
  /** (value, ...sources) identity on value; gradients go to the sources by `vjp` */
  customGradient: { readonly vjp: CustomVjp };

  add: None;
  sub: None;
  mul: None;
  div: None;
  /** (a, b) ties give the whole gradient to a */
  maximum: None;
  /** (a, b) ties give the whole gradient to a */
  minimum: None;
  neg: None;
  abs: None;
  sign: None;
  exp: None;
  log: None;
  sqrt: None;
  tanh: None;
  sigmoid: None;
  /** (x) gradient 0 at 0, as in PyTorch */
  relu: None;
  pow: { readonly exponent: number };
  eq: None;
  gt: None;
  ge: None;
  lt: None;
  le: None;
  logicalAnd: None;
  logicalOr: None;
  logicalNot: None;
  cast: { readonly to: DType };
  /** (condition, a, b) */
  where: None;

  reshape: { readonly shape: Shape };
  permute: { readonly order: readonly number[] };
  expand: { readonly shape: Shape };
  /** (...parts) */
  cat: { readonly axis: number };
  /** (x) steps ≥ 1 */
  slice: {
    readonly starts: readonly number[];
    readonly ends: readonly number[];
    readonly steps: readonly number[];
  };
  flip: { readonly axes: readonly number[] };
  /** (x) zeros before, after and between elements, per axis */
  pad: {
    readonly before: readonly number[];
    readonly after: readonly number[];
    readonly interior: readonly number[];
  };

  sum: Reduction;
  /** (x) ties share the gradient equally, as in PyTorch's amax */
  amax: Reduction;
  /** (x) → int32, first of equals */
  argmax: { readonly axis: number };

  /** (a [...,m,k], b [...,k,n]) leading axes broadcast */
  matmul: None;
  /** (x [B,ci,H,W], weight [co,ci/groups,kh,kw], bias [co]?) cross-correlation as PyTorch's conv2d */
  conv2d: ConvGeometry;
  /** (g [B,co,h,w], weight [co,ci/groups,kh,kw]) adjoint of conv2d in x; `size` = [H,W] of the result */
  convTranspose2d: ConvGeometry & { readonly size: readonly [number, number] };
  /** (x [B,ci,H,W], g [B,co,h,w]) adjoint of conv2d in weight; `kernel` = [kh,kw] */
  convWeightGrad: ConvGeometry & { readonly kernel: readonly [number, number] };
  /** (x [B,C,...], scale [C], shift [C]) x·scale + shift per channel */
  channelAffine: None;

  /** (x, index int32 [n]) */
  indexSelect: { readonly axis: number };
  /** (updates, index int32 [n]) zeros of `size` along axis, plus the updates at index (repeats add) */
  indexAdd: { readonly axis: number; readonly size: number };
  /** (x, index int32, same rank and same other dimensions) */
  takeAlongDim: { readonly axis: number };
  /** (updates, index int32, same shape) adjoint of takeAlongDim (repeats add) */
  putAlongDim: { readonly axis: number; readonly size: number };

  /** (...carried, ...captured) runs `body` `count` times; body inputs: step int32 [], carried, captured; outputs: carried. Several results: see `loopResult`. */
  loop: { readonly count: number; readonly body: Program; readonly carried: number };
  /** (loop) one of the loop's carried values */
  loopResult: { readonly index: number };
}

export type PrimitiveName = keyof PrimitiveAttributes;
export type AttributesOf<K extends PrimitiveName> = PrimitiveAttributes[K];

/** Elementwise primitives of two operands that broadcast. */
export type BinaryName =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'maximum'
  | 'minimum'
  | 'eq'
  | 'gt'
  | 'ge'
  | 'lt'
  | 'le'
  | 'logicalAnd'
  | 'logicalOr';

let created = 0;

/** A new node; shapes are the caller's business (see `apply` in apply.ts). */
export function createTensor<K extends PrimitiveName>(
  op: K,
  inputs: readonly Tensor[],
  attributes: AttributesOf<K>,
  spec: TensorSpec,
): Tensor<K> {
  return { op, inputs, attributes, shape: spec.shape, dtype: spec.dtype, id: created++ };
}

export function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'op' in value && 'inputs' in value && 'id' in value;
}

/** Narrows a node to one primitive, so that its attributes are typed. */
export function isOp<K extends PrimitiveName>(tensor: Tensor, op: K): tensor is Tensor<K> {
  return tensor.op === op;
}

/** Shape and type of a program input: `float32([32,10])`. */
export function float32(shape: Shape): TensorSpec {
  return { shape, dtype: 'float32' };
}

export function int32(shape: Shape): TensorSpec {
  return { shape, dtype: 'int32' };
}
