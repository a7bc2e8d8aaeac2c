/** @file Images and their answers: as a table, as CSV rows, and summed up. */
import { join } from 'node:path';
import type { Norm } from '../../bounds/ball.ts';
import type { VerifyRow } from '../../run/records.ts';
import { countRows, isOnlyClassified, verdictRow } from '../../run/verdictCounts.ts';
import { verdictCsv } from '../../run/verdictFiles.ts';
import type { Answer, Depth } from '../../verify/files/answer.ts';
import { formatDuration, formatShare } from '../format.ts';
import { renderTable, wrapped, type Column } from '../table.ts';
import { accuraciesOf, accuracyTable } from './accuracies.ts';
import { costColumns, detailsOf } from './answerText.ts';

/** An image and what was found. */
export interface ImageRow {
  readonly index: number;
  readonly label: number;
  /** The question: radius in raw pixels, its norm, and the limit. */
  readonly epsilon: number;
  readonly norm: Norm;
  readonly timeoutSeconds: number;
  readonly answer: Answer;
}

/** A line of the results: the verdict, and the question that it answers. */
export interface ImageVerdict extends VerifyRow {
  readonly epsilon: number;
  readonly norm: Norm;
  /** Infinity, or null where it went through JSON: there was no limit. */
  readonly timeoutSeconds: number | null;
}

/** The results as CSV; a limit that there was not is left empty. */
export const imagesCsv = (rows: readonly ImageVerdict[]): string =>
  verdictCsv(rows, ({ epsilon, norm, timeoutSeconds }) => ({
    epsilon,
    norm: String(norm),
    timeoutSeconds: timeoutSeconds ?? Infinity,
  }));

/** An image's verdict: of one that is only classified, `correct` or `misclassified`. */
function verdictOf(answer: Answer): string {
  if (answer.result === 'error') return 'error';
  if (answer.by === 'clean') return 'misclassified';
  return isOnlyClassified(answer) ? 'correct' : verdictRow(0, 0, answer, '').verdict;
}

/** The verdict and how it came about. */
export const wordsOf = (answer: Answer): string => `${verdictOf(answer)} (${detailsOf(answer)})`;

/** A line of the results. @param folder where counterexamples were written */
export function csvRow(
  { index, label, epsilon, norm, timeoutSeconds, answer }: ImageRow,
  folder: string | undefined,
): ImageVerdict {
  const saved = folder !== undefined && answer.witness !== undefined && answer.by !== 'clean';
  const row = verdictRow(index, label, answer, saved ? join(folder, `${index}.npy`) : '');
  return { ...row, epsilon, norm, timeoutSeconds };
}

const columns: readonly Column<ImageRow>[] = [
  ['image', ({ index }) => String(index), 'right'],
  ['label', ({ label }) => String(label), 'right'],
  ['predicted', ({ answer }) => String(answer.prediction ?? ''), 'right'],
  ['verdict', ({ answer }) => verdictOf(answer)],
  ...costColumns,
  [
    'bound',
    ({ answer }) => (Number.isFinite(answer.lowerBound) ? answer.lowerBound.toPrecision(4) : ''),
    'right',
  ],
];

/** One line an image. */
export const tableOf = (rows: readonly ImageRow[]): string => renderTable(columns, rows);

/** The accuracies, with their intervals where the labels are what is asked about, and the counts in one sentence. */
export function summaryOf(
  rows: readonly ImageRow[],
  { depth, unsafe, seconds }: { readonly depth: Depth; readonly unsafe: boolean; readonly seconds: number },
): string {
  const counts = countRows(rows.map((row) => csvRow(row, undefined)));
  const { images, clean, pgd, misclassified, verified, checked, falsified, open } = counts;
  const share = (n: number): string => formatShare(n / images);
  const head = `${images} images in ${formatDuration(seconds)}: clean accuracy ${share(clean)}`;
  const table = `${accuracyTable(accuraciesOf(counts, depth))}\n\n`;
  if (depth === 'clean') return `${table}${head} (${clean} right, ${misclassified} misclassified).`;
  if (depth === 'attack') {
    const standing = rows.filter(({ answer }) => answer.why === 'not asked').length;
    return (
      `${unsafe ? '' : table}${wrapped(unsafe ? head : `${head}, PGD accuracy ${share(pgd)}`)}\n` +
      `  (${standing} left standing, ${falsified} falsified, ${misclassified} misclassified, ` +
      `${open - standing} attacked in part).`
    );
  }
  const certified = depth === 'bounds' ? 'accuracy certified by bounds' : 'verified accuracy';
  const proofs = checked > 0 ? `\n  ${checked} of the ${verified} verified are checked proofs.` : '';
  if (unsafe)
    return `${head};\n  ${verified} verified, ${falsified} falsified, ${open} open (${share(verified)} certified).${proofs}`;
  const bySearch = falsified - (clean - pgd);
  const searched =
    bySearch > 0
      ? `\n  ${bySearch} of the ${falsified} falsified were refuted by the search, not by PGD.`
      : '';
  const accuracies = `${head}, ${certified} ${share(verified)}, upper bound ${share(verified + open)}`;
  return (
    `${table}${wrapped(accuracies)}\n` +
    `  (${verified} verified, ${falsified} falsified, ${misclassified} misclassified, ${open} open).` +
    `${searched}${proofs}`
  );
}
