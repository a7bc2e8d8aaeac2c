/** @file Test helper: small ONNX models in a few words. */
import type { OnnxAttribute, OnnxDtype, OnnxModel, OnnxNode, OnnxTensor } from '../../formats/onnx/model.ts';
import { int64Tensor, onnxTensor } from '../../formats/onnx/tensor.ts';
import { createRng, type Rng } from '../../data/rng.ts';

type Plain = number | string | readonly number[] | OnnxTensor | { readonly float: number };

/** Attributes by JavaScript type: whole numbers are int, others must say `{ float }`. */
function attributeOf(value: Plain): OnnxAttribute {
  if (typeof value === 'number') return Number.isInteger(value) ? { int: value } : { float: value };
  if (typeof value === 'string') return { string: value };
  if (Array.isArray(value)) return { ints: value as number[] };
  return 'float' in value ? value : { tensor: value as OnnxTensor };
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
