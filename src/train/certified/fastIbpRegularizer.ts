/** @file The warm-up regularisers of Shi et al. 2021: certified bounds must not explode, ReLUs stay balanced. */
import { UserError } from '../../formats/userError.ts';
import { isNormalize } from '../../nn/layers/normalize.ts';
import { centerRadius, type Interval } from '../../bounds/interval.ts';
import {
  add,
  div,
  gt,
  indicator,
  lt,
  maximum,
  minimum,
  mul,
  relu,
  sub,
  type Tensor,
} from '../../tensor/index.ts';
import { boundedRelus, type BoundedPass } from './boundedPass.ts';
import { stagedMean } from './stagedMean.ts';

/** τ of the paper: ratios above it are good enough. */
const tolerance = 0.5;
const tiny = 1e-12;

/** relu(τ − ratio)/τ */
const shortfall = (ratio: Tensor): Tensor => mul(relu(sub(tolerance, ratio)), 1 / tolerance);

/** min(a/b, b/a) of nonnegative scalars; 0 where one of them is. */
const balanceOf = (a: Tensor, b: Tensor): Tensor => div(minimum(a, b), maximum(maximum(a, b), tiny));

/** Imbalance of active (l > 0) and inactive (u < 0) neurons, in mean and in spread of the interval centres (eq. 12). */
function imbalance({ lower, upper }: Interval): Tensor {
  const { center } = centerRadius({ lower, upper });
  const active = indicator(gt(lower, 0));
  const inactive = indicator(lt(upper, 0));
  const offset = sub(center, stagedMean(center));
  const spread = mul(offset, offset);
  const means = balanceOf(stagedMean(mul(center, active)), stagedMean(mul(mul(center, inactive), -1)));
  const variances = balanceOf(stagedMean(mul(spread, active)), stagedMean(mul(spread, inactive)));
  return add(shortfall(means), shortfall(variances));
}

/**
 * Means over the ReLUs, []: `tightness` of relu(τ − r₀/r)/τ with r the mean radius before the ReLU and r₀ that of the
 * (normalised) input (eq. 11), and `balance` of the imbalance.
 * @throws UserError for a network without ReLU
 */
export function fastIbpRegularizer(pass: BoundedPass): { tightness: Tensor; balance: Tensor } {
  const relus = boundedRelus(pass);
  // The original divides by their number: 0/0 without any.
  if (relus.length === 0)
    throw new UserError(
      `The regularisers of the objective fastIbp are means over ReLUs, and ${pass.network.name} has none: choose the ` +
        'objective ibp.',
    );
  const first = pass.network.layers[0];
  const input = pass.intervals.get(isNormalize(first) ? first.name : 'input')!;
  const inputRadius = stagedMean(centerRadius(input).radius);
  const average = (of: (interval: Interval) => Tensor): Tensor =>
    mul(
      relus.map(({ interval }) => of(interval)).reduce((a, b) => add(a, b)),
      1 / relus.length,
    );
  return {
    tightness: average((i) => shortfall(div(inputRadius, maximum(stagedMean(centerRadius(i).radius), tiny)))),
    balance: average(imbalance),
  };
}
