/** @file ibp: share of images that IBP verifies. */
import { amax, indicator, lt, neg, sum, type Tensor } from '../../tensor/index.ts';
import { ibpMargins, lowerMargins } from '../certified/margins.ts';
import type { EpochMeasure } from './measure.ts';

/** Images all of whose margins are above 0. */
export const verifiedCount = (margins: Tensor): Tensor => sum(indicator(lt(amax(neg(margins), 1), 0)));

export const ibp: EpochMeasure = {
  name: 'ibp',
  title: 'verified by IBP',
  sentence: 'Share of validation images that IBP verifies.',
  tag: 'verified/ibp',
  over: 'images',
  evaluate: ({ pass, rows }) => verifiedCount(lowerMargins(ibpMargins(pass, rows))),
};
