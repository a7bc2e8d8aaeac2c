/** @file Layers of every kind for the suites, and the shapes they read. */
import type { Shape } from '../../tensor/index.ts';
import type { LayerFields } from '../network.ts';
import { layerRules } from './table.ts';

const window = { kernel: [2, 3], stride: [2, 1], padding: [1, 0, 0, 1] } as const;
const skewed = { ...window, padding: [1, 1, 0, 2] } as const;
const conv = { ...skewed, dilation: [1, 2], groups: 2, bias: true } as const;
const image: Shape = [4, 5, 6];
/** Strides and dilations with a common divisor: every place of the kernel can fall on one element. */
const aligned = { kernel: [2, 2], stride: [2, 2], dilation: [2, 4] } as const;

/** An activation of every kind: the table has them, so that a new one is tried without being named here. */
export const activations: readonly LayerFields[] = Object.entries(layerRules).flatMap(([kind, rule]) =>
  'elementwise' in rule ? [{ kind, ...rule.elementwise.example } as LayerFields] : [],
);

/** Small layers of every kind. */
export const layerCases: readonly (readonly [LayerFields, ...Shape[]])[] = [
  ...activations.map((fields) => [fields, image] as const),
  [
    { kind: 'conv2d', inChannels: 4, outChannels: 6, ...window, dilation: [2, 1], groups: 2, bias: true },
    image,
  ],
  [
    { kind: 'conv2d', inChannels: 4, outChannels: 3, ...window, dilation: [1, 1], groups: 1, bias: false },
    image,
  ],
  [
    {
      kind: 'convTranspose2d',
      inChannels: 4,
      outChannels: 6,
      ...window,
      outputPadding: [1, 0],
      dilation: [1, 1],
      groups: 2,
      bias: true,
    },
    image,
  ],
  [{ kind: 'linear', inFeatures: 7, outFeatures: 5, bias: true }, [7]],
  [{ kind: 'batchNorm2d', features: 4, eps: 1e-5, momentum: 0.1 }, image],
  [{ kind: 'batchNorm1d', features: 7, eps: 1e-5, momentum: 0.1 }, [7]],
  [{ kind: 'normalize', mean: [0.1, 0.2, -0.3, 0], std: [0.5, 2, 1, 0.25] }, image],
  [{ kind: 'maxPool2d', ...window }, image],
  [{ kind: 'avgPool2d', ...window }, image],
  [{ kind: 'globalAvgPool2d' }, image],
  [{ kind: 'dropout', rate: 0.5 }, image],
  [{ kind: 'flatten' }, image],
  [{ kind: 'add' }, image, image],
  [{ kind: 'affine', shape: [4, 1, 6], weight: true, bias: true }, image],
  [{ kind: 'reshape', shape: [6, 20] }, image],
  [{ kind: 'permute', order: [2, 0, 1] }, image],
  [{ kind: 'slice', starts: [0, 1, 0], ends: [4, 5, 6], steps: [2, 1, 3] }, image],
  [{ kind: 'cat', axis: 1 }, image, [4, 2, 6]],
  [{ kind: 'pad', before: [0, 1, 0], after: [2, 0, 0] }, image],
  [{ kind: 'gather', axis: 1, indices: [4, 0, 0] }, image],
  [{ kind: 'sum', axes: [0, 2] }, image],
  [{ kind: 'conv2d', inChannels: 4, outChannels: 6, ...conv }, image],
  [{ kind: 'convTranspose2d', inChannels: 4, outChannels: 2, outputPadding: [1, 0], ...conv }, image],
  [{ kind: 'conv2d', inChannels: 4, outChannels: 3, ...conv, groups: 1, ...aligned }, image],
  [
    {
      kind: 'convTranspose2d',
      inChannels: 4,
      outChannels: 3,
      outputPadding: [0, 0],
      ...conv,
      groups: 1,
      ...aligned,
    },
    image,
  ],
  [{ kind: 'linear', inFeatures: 5, outFeatures: 4, bias: true }, [5]],
  [{ kind: 'batchNorm1d', features: 5, eps: 1e-5, momentum: 0.1 }, [5]],
  [{ kind: 'normalize', mean: [0.1, 0.2, 0, 0], std: [2, 1, 0.5, 3] }, image],
  [{ kind: 'affine', shape: [4, 1, 1], weight: true, bias: true }, image],
  [{ kind: 'affine', shape: [5, 1], weight: true, bias: true }, image],
  [{ kind: 'affine', shape: [1], weight: false, bias: true }, image],
  [{ kind: 'affine', shape: [4, 5, 6], weight: true, bias: false }, image],
  [{ kind: 'maxPool2d', ...skewed, padding: [1, 1, 0, 1] }, image],
  [{ kind: 'reshape', shape: [10, 12] }, image],
  [{ kind: 'slice', starts: [1, 0, 1], ends: [4, 5, 6], steps: [2, 3, 1] }, image],
  [{ kind: 'pad', before: [0, 1, 2], after: [0, 0, 1] }, image],
  [{ kind: 'gather', axis: 1, indices: [4, 0, 0, 2] }, image],
];
