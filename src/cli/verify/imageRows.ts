/** @file Images and their answers: as a table, as CSV rows, and summed up. */
import { join } from 'node:path';
import type { Norm } from '../../bounds/ball.ts';
import type { VerifyRow } from '../../run/records.ts';
import { countRows } from '../../run/verdictCounts.ts';
import { verdictCsv } from '../../run/verdictFiles.ts';
import { isOnlyClassified, verdictRow } from '../../run/verdictRow.ts';
import type { Answer, Depth } from '../../verify/files/answer.ts';
import { formatDuration, formatShare } from '../format.ts';
import { renderTable } from '../table.ts';
import { wrapped } from '../wrapped.ts';
import { detailsOf } from './answerText.ts';

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

/** One line an image. */
export function tableOf(rows: readonly ImageRow[]): string {
  return renderTable(
    [
      { title: 'image', align: 'right' },
      { title: 'label', align: 'right' },
      { title: 'predicted', align: 'right' },
      { title: 'verdict' },
      { title: 'by' },
      { title: 'seconds', align: 'right' },
      { title: 'CPU', align: 'right' },
      { title: 'domains', align: 'right' },
      { title: 'bound', align: 'right' },
    ],
    rows.map(({ index, label, answer }) => [
      String(index),
      String(label),
      String(answer.prediction ?? ''),
      verdictOf(answer),
      answer.by ?? answer.why ?? '',
      answer.seconds.toFixed(1),
      answer.cpuSeconds?.toFixed(1) ?? '',
      String(answer.domains),
      Number.isFinite(answer.lowerBound) ? answer.lowerBound.toPrecision(4) : '',
    ]),
  );
}

/** The accuracies in one sentence. */
export function summaryOf(
  rows: readonly ImageRow[],
  { depth, unsafe, seconds }: { readonly depth: Depth; readonly unsafe: boolean; readonly seconds: number },
): string {
  const counts = countRows(rows.map((row) => csvRow(row, undefined)));
  const { images, clean, misclassified, verified, falsified, open } = counts;
  const share = (n: number): string => formatShare(n / images);
  const head = `${images} images in ${formatDuration(seconds)}: clean accuracy ${share(clean)}`;
  if (depth === 'clean') return `${head} (${clean} right, ${misclassified} misclassified).`;
  const certified = depth === 'bounds' ? 'accuracy certified by bounds' : 'verified accuracy';
  if (unsafe)
    return `${head};\n  ${verified} verified, ${falsified} falsified, ${open} open (${share(verified)} certified).`;
  const accuracies = `${head}, ${certified} ${share(verified)}, upper bound ${share(verified + open)}`;
  return (
    `${wrapped(accuracies)}\n` +
    `  (${verified} verified, ${falsified} falsified, ${misclassified} misclassified, ${open} open).`
  );
}
