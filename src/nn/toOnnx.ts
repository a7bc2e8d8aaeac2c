/** @file A network with its numbers as an ONNX model: for export and for replay in plain ONNX Runtime. */
import { int64Tensor, onnxTensor } from '../formats/onnx/tensor.ts';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../formats/onnx/model.ts';
import { outputName } from './graphEdits.ts';
import type { Network } from './network.ts';
import { parametersOf, ruleOf } from './layers/rules.ts';
import type { Numbers } from './parameters.ts';
import { layerShapes } from './shapes.ts';

export interface OnnxOptions {
  /** Fixed batch size; a symbol (any size) by default. */
  readonly batch?: number;
}

/** Names of the exported graph's argument and result. */
export const onnxNames = { input: 'input', output: 'output' } as const;

/** The model in evaluation mode, opset 17, f32; input `input` [N, …inputShape], output `output`. */
export function toOnnx(network: Network, numbers: Numbers, { batch }: OnnxOptions = {}): OnnxModel {
  const shapes = layerShapes(network);
  const initializers: OnnxTensor[] = [];
  const last = outputName(network);
  const valueName = (layer: string): string => {
    if (layer === 'input') return onnxNames.input;
    return layer === last ? onnxNames.output : `${layer}/out`;
  };
  const constant = (name: string, shape: readonly number[], values: ArrayLike<number>): string => {
    initializers.push(onnxTensor(name, shape, Float32Array.from(values)));
    return name;
  };
  const nodes = network.layers.flatMap((layer): readonly OnnxNode[] => {
    const { name } = layer;
    const inputs = layer.inputs.map(valueName);
    const output = valueName(name);
    return ruleOf(layer).onnx({
      layer,
      inputs,
      output,
      rank: shapes.get(layer.inputs[0])!.length + 1,
      constant,
      integers(list, values) {
        initializers.push(int64Tensor(`${name}.${list}`, values));
        return `${name}.${list}`;
      },
      parameters: () =>
        parametersOf(layer).map((p) => constant(`${name}.${p.name}`, p.shape, numbers[`${name}.${p.name}`])),
      node: (opType, others = [], attributes = {}) => ({
        opType,
        name,
        inputs: [...inputs, ...others],
        outputs: [output],
        attributes,
      }),
    });
  });
  const size = batch ?? 'N';
  return {
    irVersion: 8,
    opsets: { '': 17 },
    producerName: 'certprune',
    graph: {
      name: network.name,
      nodes,
      initializers,
      inputs: [{ name: onnxNames.input, dtype: 'float32', dims: [size, ...network.inputShape] }],
      outputs: [{ name: onnxNames.output, dtype: 'float32', dims: [size, ...shapes.get(last)!] }],
    },
  };
}
