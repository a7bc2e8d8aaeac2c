/** @file How a network's first weights are drawn. */
import type { Rng } from '../data/rng.ts';
import { family, type Member } from '../family/family.ts';
import { initialize } from '../nn/initialize.ts';
import type { Network } from '../nn/network.ts';
import { fastIbpInitialize } from './fastIbpInitialize.ts';

interface Initialization extends Member {
  /** Every parameter and buffer. */
  readonly initialize: (network: Network, rng: Rng) => Record<string, Float32Array>;
}

/** Beside `auto`, which takes what the objective wants. */
export const initializations = family<Initialization>(
  { kind: 'initialisation', plural: 'initialisations', key: 'initialization' },
  [
    { name: 'default', title: 'default', sentence: 'As PyTorch’s modules.', initialize },
    {
      name: 'fast_ibp',
      title: 'fast-IBP',
      sentence:
        'Normal with interval widths that keep their mean (Shi et al. 2021): certified bounds do not explode.',
      initialize: fastIbpInitialize,
    },
  ],
);
