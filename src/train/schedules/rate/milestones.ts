/** @file milestones: the rate falls by a factor at each milestone. */
import type { Options } from '../../../family/option.ts';
import { multiStepLr } from '../../../nn/optimizers/learningRate.ts';
import type { RateSchedule } from './schedule.ts';

const options = {
  milestones: {
    type: 'epochs',
    default: [140, 170],
    key: 'lr_decay_milestones',
    sentence: 'Epochs at which the learning rate falls to a tenth.',
  },
  gamma: {
    type: 'number',
    above: 0,
    default: 0.1,
    key: 'lr_decay_factor',
    sentence: 'What the learning rate is multiplied by at each milestone.',
  },
} as const satisfies Options;

/** base·gammaᵏ after k milestones, constant within an epoch (PyTorch’s MultiStepLR). */
export const milestones: RateSchedule<typeof options> = {
  name: 'milestones',
  title: 'milestones',
  sentence: 'The rate falls by a factor at each milestone.',
  options,
  rate: (base, time, _, { milestones: list, gamma }) => multiStepLr(base, list, gamma)(Math.floor(time)),
};
