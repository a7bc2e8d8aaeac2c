/** @file Images and their answers: as a table, as CSV rows, and summed up. */
import { join } from 'node:path';
import type { VerifyRow } from '../../run/records.ts';
import type { Answer, Depth } from '../../verify/files/answer.ts';
import { formatDuration, formatShare } from '../format.ts';
import { renderTable } from '../table.ts';
import { detailsOf } from './answerText.ts';

/** An image and what was found. */
export interface ImageRow {
  readonly index: number;
  readonly label: number;
  readonly answer: Answer;
}

const verdictWords = { unsat: 'verified', sat: 'falsified', timeout: 'unknown', unknown: 'unknown' } as const;

/** An image's verdict: of one that is only classified, `correct` or `wrong`. */
function verdictOf({ result, by }: Answer): string {
  if (result === 'error') return 'error';
  if (by === 'clean') return 'misclassified';
  return result === 'unsat' && by === undefined ? 'correct' : verdictWords[result];
}

/** The verdict and how it came about. */
export const wordsOf = (answer: Answer): string => `${verdictOf(answer)} (${detailsOf(answer)})`;

/** Stands in the results where the time was over before the image was classified. */
const noPrediction = -1;

/** A line of the results. @param folder where counterexamples were written */
export function csvRow({ index, label, answer }: ImageRow, folder: string | undefined): VerifyRow {
  const { result, by, why, prediction, seconds, domains, lowerBound } = answer;
  const saved = folder !== undefined && answer.witness !== undefined && by !== 'clean';
  return {
    index,
    label,
    prediction: prediction ?? noPrediction,
    verdict: result === 'error' ? 'unknown' : verdictWords[result],
    by: by ?? '',
    why: why ?? '',
    seconds,
    domains,
    lowerBound,
    witness: saved ? join(folder, `${index}.npy`) : '',
  };
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

/** How many images ended how. */
export interface ImageCounts {
  readonly images: number;
  readonly clean: number;
  readonly verified: number;
  readonly falsified: number;
  readonly open: number;
}

/** Counts the lines of the results. */
export function countsOf(rows: readonly VerifyRow[]): ImageCounts {
  const count = (test: (row: VerifyRow) => boolean): number => rows.filter(test).length;
  return {
    images: rows.length,
    clean: count(({ by, prediction }) => by !== 'clean' && prediction !== noPrediction),
    verified: count(({ verdict }) => verdict === 'verified'),
    falsified: count(({ verdict, by }) => verdict === 'falsified' && by !== 'clean'),
    open: count(({ verdict }) => verdict === 'unknown'),
  };
}

/** The accuracies in one sentence. */
export function summaryOf(rows: readonly ImageRow[], depth: Depth, seconds: number): string {
  const { images, clean, verified, falsified, open } = countsOf(rows.map((row) => csvRow(row, undefined)));
  const share = (n: number): string => formatShare(n / images);
  const head = `${images} images in ${formatDuration(seconds)}: clean accuracy ${share(clean)}`;
  if (depth === 'clean') return `${head}.`;
  return (
    `${head}, ${depth === 'bounds' ? 'accuracy certified by bounds' : 'verified accuracy'} ${share(verified)}, ` +
    `upper bound ${share(verified + open)} (${verified} verified, ${falsified} falsified, ` +
    `${images - clean} misclassified, ${open} open).`
  );
}
