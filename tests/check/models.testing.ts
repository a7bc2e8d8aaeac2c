/** @file Small ONNX models for the tests of the checker: made here, read by the checker's own reader. */
import type { Rng } from '../../src/data/rng.ts';
import { encodeModel } from '../../src/formats/onnx/encode.ts';
import type { OnnxAttribute, OnnxNode, OnnxTensor } from '../../src/formats/onnx/model.ts';
import { int64Tensor, onnxTensor } from '../../src/formats/onnx/tensor.ts';

export type Numbers = readonly number[];

/** A random tensor of f32 numbers, or of given ones; whole numbers are int64 where marked so. */
export type Constant =
  | { readonly random: Numbers; readonly from?: number; readonly to?: number }
  | { readonly values: Numbers; readonly dims?: Numbers }
  | { readonly whole: Numbers; readonly dims?: Numbers };

export const random = (...dims: number[]): Constant => ({ random: dims });
export const whole = (...values: number[]): Constant => ({ whole: values });

export const ints = (...values: number[]): OnnxAttribute => ({ ints: values });
export const int = (value: number): OnnxAttribute => ({ int: value });
export const float = (value: number): OnnxAttribute => ({ float: value });
export const string = (value: string): OnnxAttribute => ({ string: value });

function tensorOf(name: string, constant: Constant, rng: Rng): OnnxTensor {
  if ('whole' in constant) return int64Tensor(name, constant.whole, constant.dims ?? [constant.whole.length]);
  if ('values' in constant)
    return onnxTensor(name, constant.dims ?? [constant.values.length], Float32Array.from(constant.values));
  const size = constant.random.reduce((n, d) => n * d, 1);
  const values = rng.fillUniform(new Float32Array(size), constant.from ?? -1, constant.to ?? 1);
  return onnxTensor(name, constant.random, values);
}

export interface ModelParts {
  readonly opset?: number;
  readonly input: Numbers;
  readonly constants?: Readonly<Record<string, Constant>>;
  readonly nodes: readonly OnnxNode[];
  readonly outputs?: readonly string[];
}

/** The bytes of a model with one input `x` and the output `y`, or those named. */
export function modelBytes(
  { opset = 17, input, constants = {}, nodes, outputs = ['y'] }: ModelParts,
  rng: Rng,
): Uint8Array {
  return encodeModel({
    irVersion: 8,
    opsets: { '': opset },
    graph: {
      name: 'g',
      nodes,
      initializers: Object.entries(constants).map(([name, constant]) => tensorOf(name, constant, rng)),
      inputs: [{ name: 'x', dtype: 'float32', dims: input }],
      outputs: outputs.map((name) => ({ name, dtype: 'float32' })),
    },
  });
}

export const node = (
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: OnnxNode['attributes'] = {},
): OnnxNode => ({ opType, inputs, outputs, attributes });
