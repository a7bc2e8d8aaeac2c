/** @file normalize: (x − mean)/std per channel; the first layer of networks that take raw pixels. */
import { abs, channelAffine, constant } from '../../tensor/index.ts';
import { unfit, type LayerBase, type LayerRule } from './definition.ts';
import { fields } from './notation.ts';

/** (x − mean)/std per channel: raw pixels 0..1 to what the network was trained on. */
export interface NormalizeLayer extends LayerBase {
  readonly kind: 'normalize';
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

export const isNormalize = (layer: LayerBase | undefined): layer is NormalizeLayer =>
  layer?.kind === 'normalize';

export const normalize: LayerRule<NormalizeLayer> = {
  form: 'scales',
  notation: {
    word: 'normalize',
    fields: { mean: fields.numbers('mean'), std: fields.numbers('std', true) },
  },
  shape(layer, inputs) {
    if (inputs[0][0] !== layer.mean.length || layer.mean.length !== layer.std.length)
      throw unfit(layer, inputs, `it has ${layer.mean.length} means and ${layer.std.length} deviations`);
    return inputs[0];
  },
  forward({ layer, inputs, parameter }) {
    const { scale, shift } = normalize.channelAffine!(layer, parameter);
    return channelAffine(inputs[0], scale, shift);
  },
  onnx({ layer, inputs, output, rank, constant: stored, node }) {
    const shape = [1, layer.mean.length, ...Array.from({ length: rank - 2 }, () => 1)];
    const centred = `${output}/centred`;
    const mean = stored(`${layer.name}.mean`, shape, layer.mean);
    const std = stored(`${layer.name}.std`, shape, layer.std);
    return [
      { opType: 'Sub', inputs: [inputs[0], mean], outputs: [centred] },
      { ...node('Div'), inputs: [centred, std] },
    ];
  },
  channelAffine({ mean, std }) {
    const shift = constant(mean.map((m, i) => -m / std[i]));
    return { scale: constant(std.map((s) => 1 / s)), shift, reach: abs(shift) };
  },
};
