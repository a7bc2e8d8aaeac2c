/** @file Emitter: gathers the nodes and constants of one ONNX graph. */
import type { OnnxAttribute, OnnxNode, OnnxTensor } from '../../../formats/onnx/model.ts';
import { int64Tensor, onnxTensor } from '../../../formats/onnx/tensor.ts';
import { sizeOf, type Shape } from '../../../tensor/shape.ts';
import type { ConstantData, DType, Tensor } from '../../../tensor/tensor.ts';

/** Attributes as they are written in the lowerings; integers unless wrapped. */
export type NodeAttributes = Readonly<Record<string, number | readonly number[] | OnnxAttribute>>;

/** What a graph and the loop bodies inside it share. */
interface Shared {
  /** Channels of a block of the blocked layout; 0 where it must not be used. */
  readonly blockSize: number;
  usesBlocked: boolean;
  count: number;
}

/**
 * Where lowerings put their nodes. Values are named by strings, as in ONNX. A loop body keeps constants of its own:
 * ONNX Runtime reorders convolution weights only where they belong to the same graph (1.6 times the speed).
 */
export interface Emitter {
  readonly nodes: OnnxNode[];
  readonly initializers: Map<string, OnnxTensor>;
  /** Initializer's name by its content, for small constants. */
  readonly byKey: Map<string, string>;
  /** Initializers' names by the data they are made from. */
  readonly byData: WeakMap<object, Map<string, string>>;
  /** Values whose ReLU is made, and its name. */
  readonly rectified: Map<Tensor, string>;
  readonly shared: Shared;
}

function emitterOf(shared: Shared): Emitter {
  return {
    nodes: [],
    initializers: new Map(),
    byKey: new Map(),
    byData: new WeakMap(),
    rectified: new Map(),
    shared,
  };
}

export function createEmitter(blockSize: number): Emitter {
  return emitterOf({ blockSize, usesBlocked: false, count: 0 });
}

/** An emitter for a loop body. */
export function createBodyEmitter(outer: Emitter): Emitter {
  return emitterOf(outer.shared);
}

/** A name nothing else has; the same program always gets the same names, so that sessions can be cached by hash. */
export function freshName(emitter: Emitter): string {
  return `v${emitter.shared.count++}`;
}

function attribute(value: number | readonly number[] | OnnxAttribute): OnnxAttribute {
  if (typeof value === 'number') return { int: value };
  return Array.isArray(value) ? { ints: value as readonly number[] } : (value as OnnxAttribute);
}

/** Adds a node with one output and returns the output's name. */
export function emit(
  emitter: Emitter,
  opType: string,
  inputs: readonly string[],
  attributes: NodeAttributes = {},
  output = freshName(emitter),
): string {
  emitNode(emitter, opType, inputs, [output], attributes);
  return output;
}

/** Adds a node with the outputs named. */
export function emitNode(
  emitter: Emitter,
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: NodeAttributes = {},
  domain = '',
): void {
  const entries = Object.entries(attributes).map(([name, value]) => [name, attribute(value)] as const);
  emitter.nodes.push({ opType, inputs, outputs, domain, attributes: Object.fromEntries(entries) });
}

/** An int64 list, as ONNX wants shapes and axes. Equal lists are one initializer. */
export function ints(
  emitter: Emitter,
  values: readonly number[],
  dims: readonly number[] = [values.length],
): string {
  const key = `i${dims.join(',')}:${values.join(',')}`;
  return shareByKey(emitter, key, (name) => int64Tensor(name, values, dims));
}

/** A scalar (shape []) of a type of the language. */
export function scalar(emitter: Emitter, value: number, dtype: DType = 'float32'): string {
  return shareByKey(emitter, `${dtype}:${Object.is(value, -0) ? '-0' : value}`, (name) =>
    onnxTensor(name, [], elements(Float64Array.of(value), dtype), dtype),
  );
}

function shareByKey(emitter: Emitter, key: string, make: (name: string) => OnnxTensor): string {
  const { byKey, initializers } = emitter;
  let name = byKey.get(key);
  if (name === undefined) {
    name = freshName(emitter);
    byKey.set(key, name);
    initializers.set(name, make(name));
  }
  return name;
}

/** The elements as the engine holds them: floats as f32. */
function elements(data: ConstantData, dtype: DType): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'int32') return data instanceof Int32Array ? data : Int32Array.from(data);
  if (dtype === 'bool') return data instanceof Uint8Array ? data : Uint8Array.from(data);
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

/**
 * An initializer computed from a constant's data. The same data with the same `key` and shape is one initializer,
 * so that weights used by several operations are stored once.
 */
export function derivedConstant(
  emitter: Emitter,
  data: ConstantData,
  key: string,
  dims: Shape,
  dtype: DType,
  derive: (data: ConstantData) => ConstantData,
): string {
  const { byData, initializers } = emitter;
  let names = byData.get(data);
  if (names === undefined) byData.set(data, (names = new Map()));
  const fullKey = `${key}:${dtype}:${dims.join(',')}`;
  let name = names.get(fullKey);
  if (name === undefined) {
    const [first] = data;
    // Small constants (1, 0.5, an axis of indices) are made anew at every use: equal ones are shared by value.
    if (data.length === 1 && dims.length === 0 && key === 'itself') name = scalar(emitter, first, dtype);
    else {
      name = freshName(emitter);
      initializers.set(name, onnxTensor(name, dims, elements(derive(data), dtype), dtype));
    }
    names.set(fullKey, name);
  }
  return name;
}

/** The initializer of a constant node. */
export function constantOf(emitter: Emitter, node: Tensor<'constant'>): string {
  const { data } = node.attributes;
  return derivedConstant(emitter, data, 'itself', node.shape, node.dtype, (same) => same);
}

/** A constant whose elements are all `value`. */
export function filled(emitter: Emitter, dims: Shape, value: number, dtype: DType = 'float32'): string {
  return shareByKey(emitter, `${value}:${dtype}:${dims.join(',')}`, (name) =>
    onnxTensor(name, dims, elements(new Float64Array(sizeOf(dims)).fill(value), dtype), dtype),
  );
}

/** A value in another shape; nothing is emitted where it has the shape already. */
export function reshape(emitter: Emitter, x: string, from: Shape, to: Shape): string {
  const same = from.length === to.length && from.every((d, i) => d === to[i]);
  return same ? x : emit(emitter, 'Reshape', [x, ints(emitter, to)], { allowzero: 1 });
}

/** `to` of ONNX's Cast. */
export const castCode: Readonly<Record<DType, number>> = { float32: 1, int32: 6, bool: 9 };
