/** @file Statistics of counted images: Wilson score intervals, the exact McNemar test, two states compared image by image. */
import type { StateVerification } from './runData.ts';

/** Two-sided 97.5 % quantile of the standard normal distribution: the z of a 95 % interval. */
const Z95 = 1.959963984540054;

/** A closed interval of a share, both ends in 0..1. */
export interface ShareInterval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Wilson score interval (95 %) of a binomial share.
 * Unlike the normal approximation it stays inside 0..1 and keeps its coverage near 0 and 1.
 * Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927.
 *
 * @param successes count of successes, 0..total
 * @param total number of trials; 0 gives the uninformative interval 0..1
 */
export function wilsonInterval(successes: number, total: number): ShareInterval {
  if (total <= 0) return { lower: 0, upper: 1 };
  const share = successes / total;
  const z2 = Z95 * Z95;
  const centre = (share + z2 / (2 * total)) / (1 + z2 / total);
  const half = (Z95 / (1 + z2 / total)) * Math.sqrt((share * (1 - share)) / total + z2 / (4 * total * total));
  // At the ends the interval meets 0 or 1 exactly; rounding may miss it by one ulp.
  const lower = successes === 0 ? 0 : Math.max(0, centre - half);
  const upper = successes === total ? 1 : Math.min(1, centre + half);
  return { lower, upper };
}

/**
 * Exact two-sided McNemar test: the probability, if gains and losses were equally likely, of a split at least
 * as uneven as the one seen. Only the images on which two networks differ carry information.
 * Source: Q. McNemar, "Note on the sampling error of the difference between correlated proportions",
 * Psychometrika 1947 (the exact binomial form).
 *
 * @param gained images that only the second network gets
 * @param lost images that only the first network gets
 * @returns p in 0..1; 1 when nothing differs
 */
export function mcNemarExact(gained: number, lost: number): number {
  const total = gained + lost;
  if (total === 0) return 1;
  const smaller = Math.min(gained, lost);
  // Terms of Binomial(total, 1/2) in logarithms, so that thousands of images do not underflow.
  let logTerm = -total * Math.LN2;
  let tail = Math.exp(logTerm);
  for (let k = 1; k <= smaller; k++) {
    logTerm += Math.log((total - k + 1) / k);
    tail += Math.exp(logTerm);
  }
  return Math.min(1, 2 * tail);
}

/** Two states compared image by image on certificates. */
export interface PairedDifference {
  readonly gained: number;
  readonly lost: number;
  /** Images that both states were verified on. */
  readonly images: number;
  /** Exact McNemar p. */
  readonly p: number;
}

/** The certified share of a verification, 0..1. */
export function certifiedShare(verification: StateVerification): number {
  return verification.counts.certified / verification.counts.images;
}

/** Compares the certificates of two states on the images both were verified on. */
export function pairedDifference(
  from: StateVerification,
  to: StateVerification,
): PairedDifference | undefined {
  const before = new Map(from.rows.map((row) => [row.index, row.verdict === 'verified']));
  let gained = 0;
  let lost = 0;
  let images = 0;
  for (const row of to.rows) {
    const was = before.get(row.index);
    if (was === undefined) continue;
    images++;
    const is = row.verdict === 'verified';
    if (is && !was) gained++;
    if (was && !is) lost++;
  }
  return images === 0 ? undefined : { gained, lost, images, p: mcNemarExact(gained, lost) };
}
