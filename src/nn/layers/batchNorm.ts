/** @file batchNorm2d and batchNorm1d: normalisation per channel, axis 1. */
import { channelAffine, type Tensor } from '../../tensor/index.ts';
import {
  batchNormTrain,
  channelCount,
  channelMean,
  channelVariance,
  normalizingAffine,
} from '../batchMoments.ts';
import { unfit, type ChannelAffine, type LayerBase, type LayerRule } from './definition.ts';
import { fields } from './notation.ts';

/** Parameters `weight` (γ) and `bias` (β), buffers `running_mean` and `running_var`, all [features]; axis 1. */
export interface BatchNormLayer extends LayerBase {
  readonly kind: 'batchNorm2d' | 'batchNorm1d';
  readonly features: number;
  readonly eps: number;
  /** PyTorch's momentum: running ← (1−momentum)·running + momentum·batch. */
  readonly momentum: number;
}

/** PyTorch's defaults. */
export const batchNormDefaults = { eps: 1e-5, momentum: 0.1 } as const;

export const isBatchNorm = (layer: LayerBase | undefined): layer is BatchNormLayer =>
  layer?.kind === 'batchNorm2d' || layer?.kind === 'batchNorm1d';

/** Evaluation mode as scale and shift. @param params of the whole network */
export const inferenceAffine = (
  layer: BatchNormLayer,
  params: Readonly<Record<string, Tensor>>,
): ChannelAffine => batchNorm.channelAffine!(layer, (name) => params[`${layer.name}.${name}`]);

/** In training it normalises by batch statistics and reports them; the running ones are updated elsewhere. */
export const batchNorm: LayerRule<BatchNormLayer> = {
  prefix: 'bn',
  form: 'scales',
  notation: {
    word: 'bn',
    fields: {
      eps: fields.number('eps', batchNormDefaults.eps, { good: (v) => v > 0, expected: 'a number above 0' }),
      momentum: fields.number('momentum', batchNormDefaults.momentum, {
        good: (v) => v >= 0 && v <= 1,
        expected: 'a number from 0 to 1',
      }),
    },
    infer: ([shape]) => ({ kind: shape.length === 3 ? 'batchNorm2d' : 'batchNorm1d', features: shape[0] }),
  },
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
    if (mode === 'train') {
      const [mean, variance] = [channelMean(x), channelVariance(x)];
      recordStatistics({ mean, variance, count: channelCount(x), momentum: layer.momentum });
      return batchNormTrain(x, parameter('weight'), parameter('bias'), layer.eps);
    }
    const { scale, shift } = batchNorm.channelAffine!(layer, parameter);
    return channelAffine(x, scale, shift);
  },
  onnx: ({ layer, node, parameters }) => [
    node('BatchNormalization', parameters(), { epsilon: { float: layer.eps } }),
  ],
  channelAffine: ({ eps }, parameter) =>
    normalizingAffine(
      parameter('weight'),
      parameter('bias'),
      parameter('running_mean'),
      parameter('running_var'),
      eps,
    ),
  resized: (layer, { outputs = layer.features }) => ({ ...layer, features: outputs }),
};
