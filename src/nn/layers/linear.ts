/** @file linear: x·Wᵀ + b. */
import { linear as affine, sizeOf } from '../../tensor/index.ts';
import { unfit, type LayerBase, type LayerRule } from './definition.ts';
import { uniformParameters } from './weights.ts';
import { fields } from './notation.ts';

/** Parameters `weight` [out,in] and `bias` [out]; input [B,in]. */
export interface LinearLayer extends LayerBase {
  readonly kind: 'linear';
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly bias: boolean;
}

export const linear: LayerRule<LinearLayer> = {
  prefix: 'fc',
  form: 'mixes',
  notation: {
    word: 'linear',
    main: 'outFeatures',
    fields: { outFeatures: fields.count('features'), bias: fields.flag('bias', true) },
    infer: ([shape]) => ({ inFeatures: sizeOf(shape) }),
  },
  shape(layer, inputs) {
    if (inputs[0].length !== 1)
      throw unfit(layer, inputs, `it needs ${layer.inFeatures} features in one row: flatten them first`);
    if (inputs[0][0] !== layer.inFeatures)
      throw unfit(layer, inputs, `it needs ${layer.inFeatures} features`);
    return [layer.outFeatures];
  },
  parameters: ({ inFeatures, outFeatures, bias }) =>
    uniformParameters([outFeatures, inFeatures], bias && outFeatures),
  forward: ({ layer, inputs, parameter }) =>
    affine(inputs[0], parameter('weight'), layer.bias ? parameter('bias') : undefined),
  onnx: ({ node, parameters }) => [node('Gemm', parameters(), { transB: { int: 1 } })],
  terms: ({ inFeatures }) => inFeatures,
  uses: ({ outFeatures }) => outFeatures,
  weight: ({ inFeatures, outFeatures }) => ({
    outputs: outFeatures,
    inputs: inFeatures,
    groups: 1,
    taps: 1,
    transposed: false,
    padded: false,
    prunable: 'asked',
  }),
  resized: (layer, { inputs = layer.inFeatures, outputs = layer.outFeatures }) => ({
    ...layer,
    inFeatures: inputs,
    outFeatures: outputs,
  }),
};
