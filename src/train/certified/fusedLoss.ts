/** @file Loss fusion: one CROWN row an image bounds the loss itself (Xu et al. 2020, auto_LiRPA, §3.3). */
import type { LowerSlope } from '../../bounds/nonlinear/lowerSlope.ts';
import {
  add,
  amax,
  div,
  exp,
  ge,
  log,
  matmul,
  maximum,
  mean,
  minimum,
  mul,
  neg,
  reshape,
  sub,
  sum,
  where,
  type Tensor,
} from '../../tensor/index.ts';
import type { BoundedPass } from './boundedPass.ts';
import { crownLower, type MarginIntervals } from './margins.ts';

/** Chords this flat or flatter are replaced by this slope, a sound line still: gradients must not die out. */
const leastSlope = 1e-6;
/** Below this width the chord's slope comes from its series: the quotient would cancel. */
const narrow = 0.3;

/**
 * Slope of the chord of exp on [u − w, u]: (eᵘ − eᵘ⁻ʷ)/w, without cancellation for small w.
 * (1 − e⁻ʷ)/w = 1 − w/2 + w²/6 − …; six terms leave 2e-7 at w = .3.
 */
function chordSlope(upper: Tensor, width: Tensor): Tensor {
  const w = minimum(width, narrow);
  const series = [1 / 120, 1 / 24, 1 / 6, 1 / 2, 1].reduce<Tensor | number>(
    (tail, c) => sub(c, mul(w, tail)),
    1 / 720,
  );
  const wide = maximum(width, narrow);
  const quotient = div(sub(exp(upper), exp(sub(upper, wide))), wide);
  return where(ge(width, narrow), quotient, mul(exp(upper), series));
}

/**
 * Mean over the images of log(f·C + (1−f)·I) + M, where I and C are the IBP and the CROWN upper bound of
 * Σⱼ exp(logitⱼ − logit_label − M), and M the largest IBP upper bound of an exponent.
 * CROWN passes exp by its chord, exp(t) ≤ s·t + b on [l, u], so that a single row −Σ s_j(e_j − e_label) remains.
 * @param rows `marginRows` [B·(K−1), K]
 * @param crownShare f in 0..1, []
 */
export function fusedCrossEntropy(
  pass: BoundedPass,
  rows: Tensor,
  { center, radius }: MarginIntervals,
  crownShare: Tensor,
  slope?: LowerSlope,
): Tensor {
  const [batch, others] = center.shape as [number, number];
  const classes = rows.shape[1];
  // Exponents are the margins' negatives.
  const upper = sub(radius, center);
  const width = mul(radius, 2);
  const largest = maximum(amax(upper, 1, true), 0);
  const own = exp(neg(largest));
  const shifted = sub(upper, largest);
  const interval = add(sum(exp(shifted), 1, true), own);
  const slopes = maximum(chordSlope(shifted, width), leastSlope);
  const intercepts = sub(exp(sub(shifted, width)), mul(slopes, sub(upper, width)));
  const row = reshape(matmul(reshape(slopes, [batch, 1, others]), reshape(rows, [batch, others, classes])), [
    batch,
    classes,
  ]);
  const linear = reshape(neg(crownLower(pass, row, slope)), [batch, 1]);
  const crown = add(add(linear, sum(intercepts, 1, true)), own);
  const mixed = add(mul(crown, crownShare), mul(interval, sub(1, crownShare)));
  return mean(add(log(mixed), largest));
}
