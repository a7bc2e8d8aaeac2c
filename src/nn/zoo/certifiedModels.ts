/** @file Larger convolutional networks of certified training: the study's, and those of the literature. */
import { convThenLinear, type Model, type ModelBuilder } from './model.ts';
import { sequential } from './sequential.ts';

/**
 * Where batch norm stands: behind the convolutions (the study), behind the hidden linear layer too (Shi et al. 2021, §5),
 * or there where the choice `bn` asks for it.
 */
type SevenLayerNorm = 'convolutions' | 'everywhere' | 'asked';

/** Seven layers: five 3×3 convolutions of 64 and 128 channels, one of them with stride 2, and 512 hidden units. */
const sevenLayers =
  (name: string, norm: SevenLayerNorm): ModelBuilder =>
  ({ classes, inputShape, bn, normalization }) => {
    let net = sequential(name, inputShape).normalize(normalization);
    const hidden = (linear: boolean): void => {
      if (norm === 'everywhere' || (norm === 'asked' ? bn : !linear)) net = net.batchNorm();
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
      hidden(false);
    }
    net = net.flatten().linear(512);
    hidden(true);
    return net.linear(classes).build();
  };

/** CNN-B of SDP-FO (Dathathri et al. 2020), which pads the first convolution by one pixel before and two behind. */
const cnnB = (name: string, padding: 2 | readonly [number, number, number, number]): ModelBuilder =>
  convThenLinear(
    name,
    [
      { channels: 32, kernel: 5, stride: 2, padding },
      { channels: 128, kernel: 4, stride: 2, padding: 1 },
    ],
    [250],
  );

const sevenSentence = 'Five 3x3 convolutions of 64 and 128 channels, 512 hidden units; batch norm ';

export const certifiedModels: readonly Model[] = [
  {
    name: 'cnn_7layer_bn',
    title: 'CNN-7 with batch norm',
    sentence: `${sevenSentence}behind the convolutions: the study’s.`,
    build: sevenLayers('cnn_7layer_bn', 'convolutions'),
  },
  {
    name: 'cnn_7layer_bn_literature',
    title: 'CNN-7 of Shi et al.',
    sentence: `${sevenSentence}behind the hidden layer too (Shi et al. 2021).`,
    build: sevenLayers('cnn_7layer_bn_literature', 'everywhere'),
    formerly: 'cnn_7layer_bn',
  },
  {
    name: 'cnn7',
    title: 'CNN-7',
    sentence: `${sevenSentence}where bn asks for it.`,
    build: sevenLayers('cnn7', 'asked'),
  },
  {
    name: 'cnn_b_adv',
    title: 'CNN-B',
    sentence: 'CNN-B as the study has it, padded by two on every side: convolutions of 32 and 128 channels.',
    build: cnnB('cnn_b_adv', 2),
  },
  {
    name: 'cnn_b_adv_sdp',
    title: 'CNN-B of SDP-FO',
    sentence: 'CNN-B (Dathathri et al. 2020), padded by one before and two behind.',
    build: cnnB('cnn_b_adv_sdp', [1, 1, 2, 2]),
    formerly: 'cnn_b_adv',
  },
];
