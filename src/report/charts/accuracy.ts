/** @file Charts: standard, PGD and certified accuracy of every state against remaining weights, and the errors. */
import { percent } from '../format.ts';
import { wilsonInterval } from '../intervals.ts';
import { ACCURACIES, type AccuracyName } from '../levels.ts';
import { verifiedStates, type VerifiedState } from '../runData.ts';
import { ACCURACY } from '../theme.ts';
import { accuracyAxis, percentAxis } from './axes.ts';
import { runChart, type Row } from './chart.ts';
import { lineChart } from './lines.ts';

/** A row for each measure of each state. @param of further columns, from images counted and all images */
const rowsOf = <R extends Row>(
  states: readonly VerifiedState[],
  names: Readonly<Record<AccuracyName, string>>,
  of: (count: number, images: number) => R,
) =>
  states.flatMap(({ state, remainRatio, verification: { counts } }) =>
    ACCURACIES.map((name) => ({
      state,
      remaining: remainRatio,
      measure: names[name],
      ...of(counts[name], counts.images),
    })),
  );

const look = {
  across: 'remaining',
  series: ({ measure }: { readonly measure: string }) => measure,
  colours: ACCURACIES.map((name) => ACCURACY[name]),
  shapes: true,
} as const;

export const accuracy = runChart({
  name: 'accuracy',
  title: 'Accuracy against remaining weights',
  sentence:
    'All three measures on the same test images. Bands are 95 % Wilson intervals: where they overlap widely, ' +
    'a difference may be chance. An open verdict counts as not certified.',
  section: 'Accuracy and verification',
  needs: verifiedStates,
  draw(states) {
    const names = { standard: 'Standard', pgd: 'PGD', certified: 'Certified' };
    const rows = rowsOf(states, names, (count, images) => ({
      count,
      images,
      accuracy: count / images,
      ...wilsonInterval(count, images),
    }));
    return lineChart({
      ...look,
      wide: true,
      rows,
      up: 'accuracy',
      axis: accuracyAxis('Accuracy'),
      bands: rows.map((row) => ({ ...row, series: row.measure })),
      word: (share, { count, images, lower, upper }) =>
        `${percent(share)} (${count} of ${images}; 95 % interval ${percent(lower)} to ${percent(upper)})`,
    });
  },
});

export const errors = runChart({
  name: 'errors',
  title: 'Error rates',
  sentence:
    'Images got wrong: clean, under PGD, and not proven robust (verified error: falsified or open). The scale is that of ' +
    'the square root, which keeps small errors apart.',
  section: 'Accuracy and verification',
  needs: verifiedStates,
  draw(states) {
    const names = { standard: 'Standard error', pgd: 'PGD error', certified: 'Verified error' };
    return lineChart({
      ...look,
      rows: rowsOf(states, names, (count, images) => ({
        error: 1 - count / images,
        count: images - count,
        images,
      })),
      up: 'error',
      axis: percentAxis('Error', { type: 'sqrt', domainMin: 0 }),
      word: (share, { count, images }) => `${percent(share)} (${count} of ${images})`,
    });
  },
});
