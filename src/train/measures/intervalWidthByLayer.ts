/** @file intervalWidthByLayer: mean width of what each ReLU layer reads. */
import { centerRadius } from '../../bounds/interval.ts';
import { mul } from '../../tensor/index.ts';
import { stagedMean } from '../certified/stagedMean.ts';
import type { EpochMeasure } from './measure.ts';

export const intervalWidthByLayer: EpochMeasure = {
  name: 'intervalWidthByLayer',
  title: 'interval widths by layer',
  sentence: 'Mean width u − l of what each ReLU layer reads, by IBP.',
  tag: 'interval_width',
  evaluate: ({ relus }) =>
    Object.fromEntries(
      relus.map(({ name, interval }) => [name, mul(stagedMean(centerRadius(interval).radius), 2)]),
    ),
};
