/** @file crown: share of images that IBP, or CROWN from IBP's intermediate bounds, verifies. */
import { maximum } from '../../tensor/index.ts';
import { crownMargins, ibpMargins, lowerMargins } from '../certified/margins.ts';
import { verifiedCount } from './ibp.ts';
import type { EpochMeasure } from './measure.ts';

export const crown: EpochMeasure = {
  name: 'crown',
  title: 'verified by CROWN',
  sentence: 'Share of validation images that IBP, or CROWN from its intermediate bounds, verifies.',
  tag: 'verified/crown',
  over: 'images',
  isAsked: (plan) => plan.crown,
  evaluate: ({ pass, rows }) =>
    verifiedCount(maximum(lowerMargins(ibpMargins(pass, rows)), crownMargins(pass, rows))),
};
