/** @file Larger convolutional networks of the certified-training literature. */
import type { ModelBuilder } from './model.ts';
import { convThenLinear } from './model.ts';
import { sequential } from './sequential.ts';

/**
 * Seven layers: five 3×3 convolutions of 64 and 128 channels, one of them with stride 2, and 512 hidden units (Shi et al.
 * 2021, §5). Batch norm comes behind every hidden layer, the linear one too.
 */
const sevenLayers =
  (name: string, always: boolean): ModelBuilder =>
  ({ classes, inputShape, bn, normalization }) => {
    let net = sequential(name, inputShape).normalize(normalization);
    const hidden = (): void => {
      if (always || bn) net = net.batchNorm();
      net = net.relu();
    };
    for (const [channels, stride] of [
      [64, 1],
      [64, 1],
      [128, 2],
      [128, 1],
      [128, 1],
    ]) {
      net = net.conv(channels, { kernel: 3, stride, padding: 1 });
      hidden();
    }
    net = net.flatten().linear(512);
    hidden();
    return net.linear(classes).build();
  };

/** SDP-FO's CNN-B (Dathathri et al. 2020): the first convolution is padded by one pixel before, two behind. */
const cnnB = convThenLinear(
  'cnn_b_adv',
  [
    { channels: 32, kernel: 5, stride: 2, padding: [1, 1, 2, 2] },
    { channels: 128, kernel: 4, stride: 2, padding: 1 },
  ],
  [250],
);

export const certifiedModels: Readonly<Record<string, ModelBuilder>> = {
  cnn_7layer_bn: sevenLayers('cnn_7layer_bn', true),
  cnn7: sevenLayers('cnn7', false),
  cnn_b_adv: cnnB,
};
