/** @file unstableRatioByLayer: share of unstable neurons of each ReLU layer. */
import { stagedMean } from '../certified/stagedMean.ts';
import { unstableNeurons } from '../certified/boundedPass.ts';
import type { EpochMeasure } from './measure.ts';

export const unstableRatioByLayer: EpochMeasure = {
  name: 'unstableRatioByLayer',
  title: 'unstable neurons by layer',
  sentence: 'Share of the ReLU neurons of each layer with l < −1e-5 and u > 1e-5 by IBP.',
  tag: 'unstable_ratio',
  evaluate: ({ relus }) =>
    Object.fromEntries(relus.map(({ name, interval }) => [name, stagedMean(unstableNeurons(interval))])),
};
