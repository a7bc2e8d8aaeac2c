/** @file affine: x·weight + bias elementwise, for normalisations and constants met in imported networks. */
import type { OnnxNode } from '../../formats/onnx/model.ts';
import { add, broadcastShapes, channelAffine, mul, reshape, type Shape } from '../../tensor/index.ts';
import { unfit, type LayerBase, type LayerRule } from './definition.ts';
import { fields } from './notation.ts';

/** x·weight + bias elementwise; each parameter where named has `shape`, which broadcasts to the input's. */
export interface AffineLayer extends LayerBase {
  readonly kind: 'affine';
  /** Without the batch axis. */
  readonly shape: Shape;
  readonly weight: boolean;
  readonly bias: boolean;
  /** Its numbers are part of the architecture, such as a normalisation of the input: they are not trained. */
  readonly fixed?: true;
}

export const isAffine = (layer: LayerBase | undefined): layer is AffineLayer => layer?.kind === 'affine';

/** True where the parameters hold one number for each channel of an image-like input. */
const isPerChannel = (parameters: Shape, input: Shape): boolean =>
  parameters.length === input.length &&
  parameters[0] === input[0] &&
  parameters.slice(1).every((length) => length === 1);

export const affine: LayerRule<AffineLayer> = {
  form: 'scales',
  notation: {
    word: 'affine',
    main: 'shape',
    fields: {
      shape: fields.wholes('shape', 1),
      weight: fields.flag('weight', true),
      bias: fields.flag('bias', true),
      fixed: fields.mark('fixed'),
    },
  },
  shape(layer, inputs) {
    const given = inputs[0];
    const together = broadcastShapes(given, layer.shape);
    if (!together || together.length !== given.length || together.some((length, i) => length !== given[i]))
      throw unfit(layer, inputs, `its parameters have shape [${layer.shape.join(',')}]`);
    return given;
  },
  parameters({ shape, weight, bias, fixed = false }) {
    const one = (name: string, initial: number) => ({ name, shape, trainable: !fixed, initial });
    return [...(weight ? [one('weight', 1)] : []), ...(bias ? [one('bias', 0)] : [])];
  },
  forward({ layer, inputs, parameter }) {
    const x = inputs[0];
    if (layer.weight && layer.bias && isPerChannel(layer.shape, x.shape.slice(1)))
      return channelAffine(x, reshape(parameter('weight'), [-1]), reshape(parameter('bias'), [-1]));
    const scaled = layer.weight ? mul(x, parameter('weight')) : x;
    return layer.bias ? add(scaled, parameter('bias')) : scaled;
  },
  onnx({ layer, inputs, output, parameters, node }) {
    const names = [...parameters()];
    const parts: OnnxNode[] = [];
    let [x] = inputs as [string];
    if (layer.weight) {
      const scaled = layer.bias ? `${output}/scaled` : output;
      parts.push({ opType: 'Mul', inputs: [x, names.shift()!], outputs: [scaled] });
      x = scaled;
    }
    if (layer.bias) parts.push({ ...node('Add'), inputs: [x, names.shift()!] });
    return parts.length > 0 ? parts : [node('Identity')];
  },
  isIdentity: ({ weight, bias }) => !weight && !bias,
};
