/** @file Test helper: small ONNX models in a few words. */
import type { OnnxAttribute, OnnxDtype, OnnxModel, OnnxNode, OnnxTensor } from '../../formats/onnx/model.ts';
import { elements } from '../../formats/elements.ts';
import { halfToNumber } from '../../formats/halfFloat.ts';
import { int64Tensor, onnxTensor } from '../../formats/onnx/tensor.ts';
import { createRng, type Rng } from '../../data/rng.ts';

/** An attribute in short. */
export type Plain =
  | number
  | string
  | readonly number[]
  | OnnxTensor
  | { readonly float: number }
  | { readonly floats: readonly number[] };

/** Attributes by JavaScript type: whole numbers are int, others must say `{ float }`. */
function attributeOf(value: Plain): OnnxAttribute {
  if (typeof value === 'number') return Number.isInteger(value) ? { int: value } : { float: value };
  if (typeof value === 'string') return { string: value };
  if (Array.isArray(value)) return { ints: value as number[] };
  return 'float' in value || 'floats' in value ? value : { tensor: value as OnnxTensor };
}

export interface TestGraph {
  readonly rng: Rng;
  /** Adds a node and returns the name of its first output. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Record<string, Plain>,
    outputs?: readonly string[],
  ): string;
  /** Random weights, or the numbers given. */
  floats(dims: readonly number[], values?: ArrayLike<number>): string;
  ints(values: readonly number[], dims?: readonly number[]): string;
  /** Numbers of any type; those of f16 and bf16 must be exact. */
  numbers(dtype: OnnxDtype, dims: readonly number[], values: readonly number[]): string;
}

const writers: Record<OnnxDtype, (view: DataView, at: number, value: number) => void> = {
  float32: (view, at, value) => view.setFloat32(at, value, true),
  float64: (view, at, value) => view.setFloat64(at, value, true),
  float16: (view, at, value) => view.setUint16(at, halfBits(value), true),
  bfloat16(view, at, value) {
    view.setUint16(at, new Uint32Array(Float32Array.of(value).buffer)[0] >>> 16, true);
  },
  int8: (view, at, value) => view.setInt8(at, value),
  uint8: (view, at, value) => view.setUint8(at, value),
  bool: (view, at, value) => view.setUint8(at, value),
  int16: (view, at, value) => view.setInt16(at, value, true),
  uint16: (view, at, value) => view.setUint16(at, value, true),
  int32: (view, at, value) => view.setInt32(at, value, true),
  uint32: (view, at, value) => view.setUint32(at, value, true),
  int64: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  uint64: (view, at, value) => view.setBigUint64(at, BigInt(value), true),
};

/** The half that is this number, found by trying all. */
const halfBits = (value: number): number =>
  Array.from({ length: 2 ** 16 }, (_, bits) => bits).find((bits) => Object.is(halfToNumber(bits), value))!;

/** A tensor of any element type. */
export function typedTensor(
  name: string,
  dtype: OnnxDtype,
  dims: readonly number[],
  values: readonly number[],
): OnnxTensor {
  const size = elements[dtype].size;
  const rawData = new Uint8Array(values.length * size);
  const view = new DataView(rawData.buffer);
  values.forEach((value, i) => writers[dtype](view, i * size, value));
  return { name, dtype, dims, rawData };
}

export interface TestModelOptions {
  readonly opset?: number;
  readonly seed?: number;
  readonly dtype?: OnnxDtype;
}

/** A model with input `x` and output `y` (f32 unless told). */
export function testModel(
  inputDims: readonly (number | string)[],
  build: (graph: TestGraph) => string,
  { opset = 17, seed = 1, dtype = 'float32' }: TestModelOptions = {},
): OnnxModel {
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  const rng = createRng(seed);
  let made = 0;
  const graph: TestGraph = {
    rng,
    node(opType, inputs, attributes = {}, outputs) {
      const names = outputs ?? [`v${made++}`];
      nodes.push({
        opType,
        name: `n${nodes.length}`,
        inputs,
        outputs: names,
        attributes: Object.fromEntries(Object.entries(attributes).map(([k, v]) => [k, attributeOf(v)])),
      });
      return names[0];
    },
    floats(dims, values) {
      const name = `w${made++}`;
      const count = dims.reduce((a, b) => a * b, 1);
      const data = values ?? rng.fillNormal(new Float64Array(count));
      const array = dtype === 'float64' ? Float64Array.from(data) : Float32Array.from(data);
      initializers.push(onnxTensor(name, dims, array));
      return name;
    },
    ints(values, dims) {
      const name = `i${made++}`;
      initializers.push(int64Tensor(name, values, dims));
      return name;
    },
    numbers(type, dims, values) {
      const name = `c${made++}`;
      initializers.push(typedTensor(name, type, dims, values));
      return name;
    },
  };
  const last = build(graph);
  nodes.push({ opType: 'Identity', name: 'last', inputs: [last], outputs: ['y'] });
  return {
    irVersion: 8,
    opsets: { '': opset },
    graph: {
      name: 'test',
      nodes,
      initializers,
      inputs: [{ name: 'x', dtype, dims: inputDims }],
      outputs: [{ name: 'y', dtype }],
    },
  };
}
