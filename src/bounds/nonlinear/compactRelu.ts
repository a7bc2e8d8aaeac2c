/** @file ReLU of a batch of rows with α and β: the relaxation that final bounds are taken from. */
import {
  abs,
  add,
  clamp,
  indexAdd,
  indexSelect,
  mul,
  putAlongDim,
  relu,
  reshape,
  signParts,
  sub,
  takeAlongDim,
  type Tensor,
} from '../../tensor/index.ts';
import { magnitude } from '../interval.ts';
import { blockTotals, gamma, leastNormal, rowTotals } from '../rounding.ts';
import type { Relaxation } from '../rule.ts';
import type { SiteRelaxation, SiteSetting, SiteVariables, SplitPlaces } from './member.ts';
import { compactLines, totalRounding } from './reluLines.ts';

/**
 * β-CROWN's ReLU step (Wang et al. 2021, theorem 3.1): coefficients of z are D·a − side·β,
 * where D holds α below and the chord above; z·side ≥ 0 makes −β·side·z ≤ 0 sound to add.
 */
export function compactRelaxation(setting: SiteSetting, { alpha, beta }: SiteVariables): SiteRelaxation {
  const seen: { coefficients?: Tensor } = {};
  const { index, active } = setting;
  const split = beta && setting.split && { ...setting.split, beta: relu(beta) };
  const lines = compactLines(setting);
  const neurons = active.shape[1];
  const compactSize = setting.lower.shape[1];
  const relax: Relaxation = (a) => {
    const flat = reshape(a, [a.shape[0], neurons]);
    const picked = index ? indexSelect(flat, 1, index) : flat;
    seen.coefficients = picked;
    const { positive, negative } = signParts(picked);
    // Whatever optimisation hands over, only slopes in [0,1] and multipliers ≥ 0 are used here.
    const lowerSlope = add(mul(clamp(alpha, 0, 1), lines.unstable), lines.fixed);
    let compact = add(mul(positive, lowerSlope), mul(negative, lines.upperSlope));
    if (split)
      compact = sub(compact, putAlongDim(mul(split.beta, split.side), 1, split.position, compactSize));
    const dense = index ? add(mul(flat, active), indexAdd(compact, 1, index, neurons)) : compact;
    const constant = blockTotals(mul(negative, lines.intercept));
    const summed = totalRounding(constant, compactSize);
    return {
      inputs: [reshape(dense, a.shape)],
      constant,
      rounding: split ? add(summed, splitRounding(setting, split)) : summed,
    };
  };
  return { relax, seen };
}

/**
 * Adding −side·β to a coefficient a·s rounds by at most u·(|a| + β) times |z|, of which the rule counts |a|'s part;
 * and several neurons of padding may share a place, which adds zeros.
 * @param beta ≥ 0
 */
function splitRounding(
  { lower, upper }: SiteSetting,
  { beta, side, position }: SplitPlaces & { readonly beta: Tensor },
): Tensor {
  const largest = takeAlongDim(magnitude({ lower, upper }), 1, position);
  const total = rowTotals(mul(mul(beta, abs(side)), largest));
  return add(mul(total, gamma(0)), beta.shape[1] * 4 * leastNormal);
}
