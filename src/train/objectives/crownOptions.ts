/** @file What objectives by CROWN bounds are told. */
import { lowerSlopes } from '../../bounds/nonlinear/lowerSlope.ts';
import type { Option, Options } from '../../family/option.ts';

/** The margins are then bounded one by one. */
const noLossFusion = {
  type: 'flag',
  default: false,
  key: 'no_loss_fusion',
  sentence: 'Bound the margins instead of the loss itself.',
} as const satisfies Option;

/** CROWN's lower line of unstable ReLUs. */
const relaxation = {
  type: 'choice',
  choices: lowerSlopes,
  key: 'bound_opts.relu',
  sentence: 'Lower line of an unstable ReLU. Default: adaptive.',
} as const satisfies Option;

/** What they share. */
export const crownOptions = { noLossFusion, relaxation } as const satisfies Options;
