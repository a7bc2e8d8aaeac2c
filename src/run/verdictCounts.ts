/** @file Answers about images as rows of the verdict files, and how many ended how: the one place that counts verdicts. */
import type { VerifyRow } from './records.ts';
import { verdictKinds, type Answer } from '../verify/files/answer.ts';

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
  /** Verified, and confirmed by the checker. */
  readonly checked: number;
  /** Refuted by a counterexample other than the image itself. */
  readonly falsified: number;
  readonly open: number;
  /** Classified rightly, and left standing by the attack. */
  readonly pgd: number;
}

/** Counts rows of verdicts. */
export function countRows(
  rows: readonly Pick<VerifyRow, 'label' | 'prediction' | 'verdict' | 'by' | 'checked'>[],
): ImageCounts {
  const count = (test: (row: (typeof rows)[number]) => boolean): number => rows.filter(test).length;
  return {
    images: rows.length,
    clean: count(({ label, prediction }) => prediction === label),
    misclassified: count(({ label, prediction }) => prediction !== label),
    verified: count(({ verdict }) => verdict === 'verified'),
    checked: count(({ verdict, checked }) => verdict === 'verified' && checked === 'yes'),
    falsified: count(({ verdict, by }) => verdict === 'falsified' && by !== 'clean'),
    open: count(({ verdict }) => verdict === 'unknown'),
    pgd: count(({ label, prediction, by }) => prediction === label && by !== 'attack'),
  };
}

/** How many of a state's verified images fall where: standard ≥ PGD ≥ certified holds by construction. */
export interface VerdictCounts {
  readonly images: number;
  /** Classified right without perturbation. */
  readonly standard: number;
  /** Classified right and not broken by the attack. */
  readonly pgd: number;
  /** Proven robust. */
  readonly certified: number;
  /** Certified by a proof that the checker has confirmed. */
  readonly checked: number;
  /** Left open. */
  readonly unknown: number;
}

/** Counts a state's verdicts. */
export function countVerdicts(rows: Parameters<typeof countRows>[0]): VerdictCounts {
  const { images, clean, pgd, verified, checked, open } = countRows(rows);
  return { images, standard: clean, pgd, certified: verified, checked, unknown: open };
}

/** Nothing was proved: more than the class was not asked for. */
export const isOnlyClassified = ({ result, by }: Answer): boolean => result === 'unsat' && by === undefined;

/**
 * The row of an image that has its prediction.
 * @param witness path of the counterexample, or empty
 */
export function verdictRow(index: number, label: number, answer: Answer, witness: string): VerifyRow {
  const { result, by = '', why, prediction, seconds, domains, lowerBound, checked, arithmetic } = answer;
  const unasked = isOnlyClassified(answer);
  return {
    index,
    label,
    prediction: prediction!,
    verdict: unasked ? 'unknown' : verdictKinds[result],
    by,
    why: why ?? (unasked ? 'not asked' : ''),
    seconds,
    domains,
    lowerBound,
    witness,
    ...(checked !== undefined && { checked }),
    ...(arithmetic !== undefined && { arithmetic }),
  };
}
