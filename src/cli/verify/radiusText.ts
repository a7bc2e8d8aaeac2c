/** @file Certified radii in words: image by image, as a curve with its histogram, and summed up. */
import { intervalText } from './accuracies.ts';
import { wilsonInterval } from '../../report/intervals.ts';
import { curveAt, radiusHistogram, type RadiusRow } from '../../run/radii.ts';
import type { CertifiedRadius } from '../../verify/files/certifiedRadii.ts';
import { formatDuration, formatShare } from '../format.ts';
import { renderTable, wrapped, type Column } from '../table.ts';

/** Four digits; nothing where there is none. */
export const shortRadius = (value: number): string =>
  value === Infinity ? '' : String(Number(value.toPrecision(4)));

/** `0.0311 to 0.0319`. */
export function radiusWords({ lower, upper, upperBy, why }: CertifiedRadius): string {
  if (upperBy === 'clean') return 'misclassified';
  const range =
    upper === Infinity ? `${shortRadius(lower)} at least` : `${shortRadius(lower)} to ${shortRadius(upper)}`;
  return `radius ${range}${why === undefined ? '' : ` (open between: ${why})`}`;
}

const columns: readonly Column<RadiusRow>[] = [
  ['image', ({ index }) => String(index), 'right'],
  ['label', ({ label }) => String(label), 'right'],
  ['predicted', ({ prediction }) => String(prediction), 'right'],
  ['proved', ({ lower, upperBy }) => (upperBy === 'clean' ? '' : shortRadius(lower)), 'right'],
  ['refuted', ({ upper }) => shortRadius(upper), 'right'],
  ['by', ({ lowerBy, upperBy }) => (upperBy === 'clean' ? 'misclassified' : lowerBy)],
  ['and', ({ upperBy, why }) => (upperBy === 'clean' ? '' : why || upperBy)],
  ['asked', ({ questions }) => String(questions), 'right'],
  ['seconds', ({ seconds }) => seconds.toFixed(1), 'right'],
];

/** One line an image. */
export const radiusTable = (rows: readonly RadiusRow[]): string => renderTable(columns, rows);

const barWidth = 16;

/** Certified accuracy at the ends of the histogram's stretches, beside the images that end there. */
export function curveTable(rows: readonly RadiusRow[]): string {
  const bins = radiusHistogram(rows);
  const most = Math.max(1, ...bins.map(({ images }) => images));
  const points = bins.map((bin) => ({ ...bin, ...curveAt(rows, bin.from) }));
  return renderTable<(typeof points)[number] & { readonly to: number }>(
    [
      ['radius', ({ radius }) => shortRadius(radius), 'right'],
      ['certified', ({ certified, images }) => share(certified, images), 'right'],
      ['95 % interval', ({ certified, images }) => intervalText(wilsonInterval(certified, images)), 'right'],
      ['not refuted', ({ standing, images }) => share(standing, images), 'right'],
      ['ends here', ({ from }) => String(bins.find((bin) => bin.from === from)!.images), 'right'],
      [
        '',
        ({ from }) =>
          '█'.repeat(Math.round((bins.find((bin) => bin.from === from)!.images / most) * barWidth)),
      ],
    ],
    points,
  );
}

const share = (count: number, images: number): string => formatShare(count / Math.max(1, images));

/** Mean and median, and how many images are settled. */
export function radiusSummary(rows: readonly RadiusRow[], seconds: number): string {
  const right = rows.filter(({ upperBy }) => upperBy !== 'clean');
  const { mean, median } = radiusStatistics(rows);
  const proved = right.filter(({ lower }) => lower > 0);
  const checked = proved.filter((row) => row.checked === 'yes').length;
  const words =
    `${rows.length} images in ${formatDuration(seconds)}: clean accuracy ${share(right.length, rows.length)}, ` +
    `certified radius ${shortRadius(mean)} in the mean, ${shortRadius(median)} in the median ` +
    `(misclassified images count as 0).`;
  return (
    `${wrapped(words)}\n  ${settledWords(rows)}` +
    (proved.length > 0 ? `\n  ${checked} of ${proved.length} proved radii are checked proofs.` : '')
  );
}

/** How many radii are settled, and what keeps the others apart. */
export function settledWords(rows: readonly RadiusRow[]): string {
  const right = rows.filter(({ upperBy }) => upperBy !== 'clean');
  const wide = right.filter(({ why }) => why !== '');
  const count = `${right.length - wide.length} of ${right.length} radii are known within the tolerance`;
  if (wide.length === 0) return `${count}.`;
  const reasons = [...new Set(wide.map(({ why }) => why))].join(', ');
  return `${count};\n  ${wide.length} lie in a wider range (${reasons}).`;
}

/** Of the proved radii; misclassified images count as 0. */
export function radiusStatistics(rows: readonly Pick<RadiusRow, 'lower'>[]): {
  readonly mean: number;
  readonly median: number;
} {
  const sorted = rows.map(({ lower }) => lower).toSorted((a, b) => a - b);
  if (sorted.length === 0) return { mean: 0, median: 0 };
  const middle = sorted.length / 2;
  return {
    mean: sorted.reduce((sum, v) => sum + v, 0) / sorted.length,
    median: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2,
  };
}

/** For scripts; what was not found or not limited is null. */
export const radiusJson = (rows: readonly RadiusRow[]): Record<string, unknown>[] =>
  rows.map((row) => ({
    ...row,
    upper: finite(row.upper),
    timeoutSeconds: finite(row.timeoutSeconds),
  }));

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
