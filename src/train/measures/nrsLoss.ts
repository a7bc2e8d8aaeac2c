/** @file nrsLoss: the NRS loss of the network, whether or not training adds it. */
import { nrs } from '../regularizers/nrs.ts';
import type { EpochMeasure } from './measure.ts';

export const nrsLoss: EpochMeasure = {
  name: 'nrsLoss',
  title: 'NRS loss',
  sentence: 'NRS loss of the network, from −1 (stable) to 1, whether or not training adds it.',
  tag: 'stability/nrs_loss',
  evaluate: ({ context, plan }) => nrs.evaluate(context, plan.nrs ?? {}),
};
