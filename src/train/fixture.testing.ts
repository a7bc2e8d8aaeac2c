/** @file Test helper: a small problem that trains in a second. */
import { noAugmentation } from '../data/augment.ts';
import type { Dataset } from '../data/dataset.ts';
import { createRng } from '../data/rng.ts';
import { initialize } from '../nn/initialize.ts';
import { sequential } from '../nn/zoo/sequential.ts';
import { startCheckpoint, type Checkpoint, type TrainPlan } from './plan.ts';

/** Grey 6x6 images: class 0 bright on top, class 1 bright below, noise all over. */
export function stripes(count: number, seed: number): Dataset {
  const rng = createRng(seed);
  const labels = Int32Array.from({ length: count }, () => rng.integer(2));
  const images = Uint8Array.from({ length: count * 36 }, (_, i) => {
    const top = Math.floor((i % 36) / 6) < 3;
    const bright = top === (labels[Math.floor(i / 36)] === 0);
    return (bright ? 120 : 60) + rng.integer(80);
  });
  return {
    name: 'stripes',
    images,
    labels,
    shape: [1, 6, 6],
    classes: 2,
    classNames: ['top', 'bottom'],
    mean: [0.5],
    std: [0.25],
  };
}

export const stripeData = { train: stripes(160, 1), validation: stripes(50, 2) };

export const stripeNetwork = sequential('stripes', [1, 6, 6])
  .normalize({ mean: [0.5], std: [0.25] })
  .conv(4, { kernel: 3, stride: 2, padding: 1 })
  .batchNorm()
  .relu()
  .flatten()
  .linear(2)
  .build();

export const stripePlan: TrainPlan = {
  network: stripeNetwork,
  objective: 'fgsm',
  objectiveOptions: { randomStart: true },
  optimizer: 'sgd',
  optimizerOptions: { momentum: 0.9, weightDecay: 5e-3 },
  learningRate: { base: 0.05, options: { milestones: [2] } },
  epsilon: { schedule: 'LinearScheduler', max: 0.05, options: { start: 1, length: 2 } },
  clip: 8,
  epochs: 3,
  batchSize: 16,
  augment: { ...noAugmentation, horizontalFlip: true },
  seed: 7,
  evaluation: { batchSize: 32, epsilon: 0.05, pgdSteps: 4 },
  criterion: 'pgd',
  engine: { threads: 1 },
};

export const stripeStart = (): Checkpoint =>
  startCheckpoint(initialize(stripeNetwork, createRng('weights')), {
    'conv1.weight': Uint8Array.from({ length: 36 }, (_, i) => (i % 3 === 0 ? 0 : 1)),
  });
