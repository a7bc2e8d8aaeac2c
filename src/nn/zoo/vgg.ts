/** @file VGG with batch norm (Simonyan and Zisserman 2015): the study's form, and that of the literature. */
import { graph } from './graph.ts';
import type { Model, ModelBuilder } from './model.ts';

/** Pixels a side from which the literature's ImageNet classifier is used: two hidden layers of 4096 with dropout. */
export const largeImage = 128;
export const dropoutRate = 0.5;

/** `M` halves the image, a number is a 3×3 convolution with that many channels. */
type VggPlan = readonly (number | 'M')[];

/** Convolutions a stage → plan. */
const planOf = (stages: readonly number[]): VggPlan =>
  stages.flatMap((count, stage) => [
    ...new Array<number>(count).fill(Math.min(512, 64 << stage)),
    'M' as const,
  ]);

/**
 * The study leaves the last max-pool out and averages over what remains (2×2 pixels of 32×32). The literature pools
 * five times, small images down to one pixel, which is not pooled again; large ones get hidden layers.
 */
const vgg =
  (name: string, stages: readonly number[], form: 'study' | 'literature'): ModelBuilder =>
  ({ classes, inputShape, normalization }) => {
    const net = graph(name, inputShape);
    let x = net.normalize('input', normalization);
    const plan = planOf(stages);
    let index = 0;
    for (const step of form === 'study' ? plan.slice(0, -1) : plan) {
      if (step === 'M') {
        if (net.shapeOf(x)[1] > 1) x = net.maxPool(x, 2, 2);
        index++;
        continue;
      }
      const conv = net.conv(x, step, { kernel: 3, padding: 1, module: `features.${index}` });
      x = net.relu(net.batchNorm(conv, `features.${index + 1}`));
      index += 3;
    }
    if (form === 'study') x = net.globalAvgPool(x);
    x = net.flatten(x);
    const large = form === 'literature' && inputShape[1] >= largeImage;
    if (large)
      for (const i of [0, 3]) x = net.dropout(net.relu(net.linear(x, 4096, `classifier.${i}`)), dropoutRate);
    net.linear(x, classes, large ? 'classifier.6' : 'classifier');
    return net.build('vgg');
  };

/** Convolutions of each stage, by depth. */
const depths = {
  vgg11_bn: [1, 1, 2, 2, 2],
  vgg13_bn: [2, 2, 2, 2, 2],
  vgg16_bn: [2, 2, 3, 3, 3],
  vgg19_bn: [2, 2, 4, 4, 4],
} as const;

export const vggs: readonly Model[] = Object.entries(depths).flatMap(([name, stages]): Model[] => {
  const depth = stages.reduce<number>((sum, count) => sum + count, 3);
  const literature = `${name}_literature`;
  return [
    {
      name,
      title: `VGG-${depth}`,
      sentence: `VGG-${depth} with batch norm (Simonyan and Zisserman 2015) in the study’s form: four max-pools, then averages.`,
      build: vgg(name, stages, 'study'),
      normalizesInside: true,
    },
    {
      name: literature,
      title: `VGG-${depth} of the literature`,
      sentence: `VGG-${depth} with batch norm: five max-pools, and for large images two hidden layers of 4096.`,
      build: vgg(literature, stages, 'literature'),
      formerly: name,
    },
  ];
});
