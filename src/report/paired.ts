/** @file Two states compared on the images both were verified on. */
import { mcNemarExact } from './intervals.ts';
import type { StateVerification } from './runData.ts';

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
