/** @file normalize: (x − mean)/std per channel; the first layer of networks that take raw pixels. */
import { channelAffine, constant } from '../../tensor/index.ts';
import type { NormalizeLayer } from '../network.ts';
import { noParameters, unfit, type LayerRule } from './definition.ts';

/** The same map as x·scale + shift. */
export function normalizeAffine({ mean, std }: NormalizeLayer): { scale: number[]; shift: number[] } {
  return { scale: std.map((s) => 1 / s), shift: mean.map((m, i) => -m / std[i]) };
}

export const normalize: LayerRule<NormalizeLayer> = {
  shape(layer, inputs) {
    if (inputs[0][0] !== layer.mean.length || layer.mean.length !== layer.std.length)
      throw unfit(layer, inputs, `it has ${layer.mean.length} means and ${layer.std.length} deviations`);
    return inputs[0];
  },
  parameters: noParameters,
  forward({ layer, inputs }) {
    const { scale, shift } = normalizeAffine(layer);
    return channelAffine(inputs[0], constant(scale), constant(shift));
  },
};
