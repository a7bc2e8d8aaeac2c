/** @file How many images ended how: the one place that counts verdicts. */
import type { VerifyRow } from './records.ts';

/**
 * Counts of images. `clean` + `misclassified` = `images`, and where labels are what is asked about,
 * `misclassified` + `verified` + `falsified` + `open` = `images`.
 */
export interface ImageCounts {
  readonly images: number;
  /** Predicted as labelled. */
  readonly clean: number;
  readonly misclassified: number;
  readonly verified: number;
  /** Refuted by a counterexample other than the image itself. */
  readonly falsified: number;
  readonly open: number;
}

/** Counts rows of verdicts. */
export function countRows(
  rows: readonly Pick<VerifyRow, 'label' | 'prediction' | 'verdict' | 'by'>[],
): ImageCounts {
  const count = (test: (row: (typeof rows)[number]) => boolean): number => rows.filter(test).length;
  return {
    images: rows.length,
    clean: count(({ label, prediction }) => prediction === label),
    misclassified: count(({ label, prediction }) => prediction !== label),
    verified: count(({ verdict }) => verdict === 'verified'),
    falsified: count(({ verdict, by }) => verdict === 'falsified' && by !== 'clean'),
    open: count(({ verdict }) => verdict === 'unknown'),
  };
}
