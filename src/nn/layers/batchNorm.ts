/** @file batchNorm2d and batchNorm1d: normalisation per channel, axis 1. */
import { channelAffine } from '../../tensor/index.ts';
import {
  batchNormTrain,
  channelCount,
  channelMean,
  channelVariance,
  normalizingAffine,
} from '../batchMoments.ts';
import type { BatchNormLayer } from '../network.ts';
import { unfit, type LayerRule } from './definition.ts';

/** In training it normalises by batch statistics and reports them; the running ones are updated elsewhere. */
export const batchNorm: LayerRule<BatchNormLayer> = {
  shape(layer, inputs) {
    if (inputs[0][0] !== layer.features) throw unfit(layer, inputs, `it needs ${layer.features} channels`);
    return inputs[0];
  },
  parameters({ features }) {
    const one = (name: string, trainable: boolean, initial: number) => ({
      name,
      shape: [features],
      trainable,
      initial,
    });
    return [
      one('weight', true, 1),
      one('bias', true, 0),
      one('running_mean', false, 0),
      one('running_var', false, 1),
    ];
  },
  forward({ layer, inputs, parameter, mode, recordStatistics }) {
    const x = inputs[0];
    const [gamma, beta] = [parameter('weight'), parameter('bias')];
    if (mode === 'train') {
      recordStatistics({ mean: channelMean(x), variance: channelVariance(x), count: channelCount(x) });
      return batchNormTrain(x, gamma, beta, layer.eps);
    }
    const { scale, shift } = normalizingAffine(
      gamma,
      beta,
      parameter('running_mean'),
      parameter('running_var'),
      layer.eps,
    );
    return channelAffine(x, scale, shift);
  },
};
