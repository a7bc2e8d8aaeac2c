/** @file natural: cross-entropy of clean images. */
import { crossEntropy } from '../../tensor/index.ts';
import type { Objective } from './objective.ts';

export const natural: Objective = {
  name: 'natural',
  title: 'natural training',
  sentence: 'Cross-entropy of clean images.',
  bestBy: 'standard',
  noise: () => ({}),
  evaluate({ forward, x, y }) {
    const final = forward(x);
    return { loss: crossEntropy(final.output, y), final, metrics: {} };
  },
};
