/** @file A network with its numbers as an ONNX model: for export and for replay in plain ONNX Runtime. */
import { int64Tensor, onnxTensor } from '../formats/onnx/tensor.ts';
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from '../formats/onnx/model.ts';
import { outputName } from './graphEdits.ts';
import type { Network } from './network.ts';
import { importedLayerNodes, type OnnxSite } from './onnxSite.ts';
import type { Numbers } from './parameters.ts';
import { layerShapes } from './shapes.ts';

export interface OnnxOptions {
  /** Fixed batch size; a symbol (any size) by default. */
  readonly batch?: number;
}

/** Names of the exported graph's argument and result. */
export const onnxNames = { input: 'input', output: 'output' } as const;

const ints = (values: readonly number[]): OnnxAttribute => ({ ints: values });

function nodesOf(site: OnnxSite): OnnxNode[] {
  const { layer, inputs, output } = site;
  const node = (
    opType: string,
    from: readonly string[] = inputs,
    attributes: Record<string, OnnxAttribute> = {},
  ): OnnxNode => ({ opType, name: layer.name, inputs: from, outputs: [output], attributes });
  switch (layer.kind) {
    case 'conv2d': {
      const shape = [layer.outChannels, layer.inChannels / layer.groups, ...layer.kernel];
      const parameters = [site.parameter('weight', shape)];
      if (layer.bias) parameters.push(site.parameter('bias', [layer.outChannels]));
      return [
        node('Conv', [...inputs, ...parameters], {
          kernel_shape: ints(layer.kernel),
          strides: ints(layer.stride),
          pads: ints(layer.padding),
          dilations: ints(layer.dilation),
          group: { int: layer.groups },
        }),
      ];
    }
    case 'linear': {
      const parameters = [site.parameter('weight', [layer.outFeatures, layer.inFeatures])];
      if (layer.bias) parameters.push(site.parameter('bias', [layer.outFeatures]));
      return [node('Gemm', [...inputs, ...parameters], { transB: { int: 1 } })];
    }
    case 'batchNorm1d':
    case 'batchNorm2d': {
      const names = ['weight', 'bias', 'running_mean', 'running_var'];
      const parameters = names.map((name) => site.parameter(name, [layer.features]));
      return [node('BatchNormalization', [...inputs, ...parameters], { epsilon: { float: layer.eps } })];
    }
    case 'normalize': {
      const shape = [1, layer.mean.length, ...Array.from({ length: site.rank - 2 }, () => 1)];
      const centred = `${output}/centred`;
      return [
        {
          opType: 'Sub',
          inputs: [inputs[0], site.constant(`${layer.name}.mean`, shape, layer.mean)],
          outputs: [centred],
        },
        node('Div', [centred, site.constant(`${layer.name}.std`, shape, layer.std)]),
      ];
    }
    case 'maxPool2d':
    case 'avgPool2d': {
      const window = {
        kernel_shape: ints(layer.kernel),
        strides: ints(layer.stride),
        pads: ints(layer.padding),
      };
      return layer.kind === 'maxPool2d'
        ? [node('MaxPool', inputs, window)]
        : [node('AveragePool', inputs, { ...window, count_include_pad: { int: 1 } })];
    }
    case 'leakyRelu':
      return [node('LeakyRelu', inputs, { alpha: { float: layer.negativeSlope } })];
    case 'flatten':
      return [node('Flatten', inputs, { axis: { int: 1 } })];
    case 'relu':
      return [node('Relu')];
    case 'sigmoid':
      return [node('Sigmoid')];
    case 'tanh':
      return [node('Tanh')];
    case 'add':
      return [node('Add')];
    case 'globalAvgPool2d':
      return [node('GlobalAveragePool')];
    case 'dropout':
      return [node('Identity')];
    case 'affine':
    case 'convTranspose2d':
    case 'reshape':
    case 'permute':
    case 'slice':
    case 'cat':
    case 'pad':
    case 'gather':
    case 'sum':
      return importedLayerNodes({ ...site, layer });
  }
}

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
  const nodes = network.layers.flatMap((layer) =>
    nodesOf({
      layer,
      inputs: layer.inputs.map(valueName),
      output: valueName(layer.name),
      rank: shapes.get(layer.inputs[0])!.length + 1,
      constant,
      integers(name, values) {
        initializers.push(int64Tensor(`${layer.name}.${name}`, values));
        return `${layer.name}.${name}`;
      },
      parameter: (name, shape) => constant(`${layer.name}.${name}`, shape, numbers[`${layer.name}.${name}`]),
    }),
  );
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
