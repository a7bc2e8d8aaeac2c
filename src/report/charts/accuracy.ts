/** @file Chart: standard, PGD and certified accuracy against remaining weights. */

import { percent, remaining } from '../format.ts';
import { wilsonInterval } from '../intervals.ts';
import { verifiedStates } from '../runData.ts';
import type { RunData } from '../runData.ts';
import { ACCURACY } from '../theme.ts';
import { framed, isNarrow, remainingAxis, seriesColour, shareAxis } from './chart.ts';
import type { Chart } from './chart.ts';

const SERIES = ['Standard', 'PGD', 'Certified'] as const;
const COLOURS = [ACCURACY.standard, ACCURACY.pgd, ACCURACY.certified];
const SHAPES = ['circle', 'triangle-up', 'square'];

/** The three accuracies of every verified state on the same images, with 95 % Wilson intervals. */
export function accuracyChart(run: RunData): Chart | undefined {
  const states = verifiedStates(run);
  if (states.length === 0) return undefined;
  const rows = states.flatMap(({ state, remainRatio, verification: { counts } }) =>
    [counts.standard, counts.pgd, counts.certified].map((successes, at) => {
      const { lower, upper } = wilsonInterval(successes, counts.images);
      const accuracy = successes / counts.images;
      return {
        state,
        remaining: remainRatio,
        measure: SERIES[at],
        count: successes,
        images: counts.images,
        accuracy,
        lower,
        upper,
        tip: `${SERIES[at]} ${percent(accuracy)} (${successes} of ${counts.images}; 95 % interval ${percent(lower)} to ${percent(upper)}), ${remaining(remainRatio)} remaining`,
      };
    }),
  );
  const ratios = states.map((state) => state.remainRatio);
  const least = Math.min(...rows.map((row) => row.lower));
  const words = rows.filter((row) => row.measure === 'Certified');
  return {
    id: 'accuracy',
    title: 'Accuracy against remaining weights',
    caption:
      'All three measures on the same test images. Bands are 95 % Wilson intervals: where they overlap widely, ' +
      'a difference may be chance. An open verdict counts as not certified.',
    alt: `Line chart. Certified accuracy by remaining weights: ${words
      .map((row) => `${percent(row.accuracy)} at ${remaining(row.remaining)}`)
      .join(', ')}.`,
    wide: true,
    rows: rows.map(({ tip: _, ...row }) => row),
    spec: (width) => {
      const x = remainingAxis(ratios, width);
      const color = seriesColour('measure', SERIES, COLOURS);
      return framed(width, isNarrow(width) ? 260 : 340, {
        data: { values: rows },
        resolve: { legend: { color: 'independent', shape: 'independent' } },
        encoding: { x },
        layer: [
          {
            mark: { type: 'area', aria: false, opacity: 0.13 },
            encoding: {
              y: shareAxis('lower', 'Accuracy', least),
              y2: { field: 'upper' },
              color: { ...color, legend: null },
            },
          },
          {
            mark: { type: 'line', aria: false, strokeWidth: 2.25 },
            encoding: { y: shareAxis('accuracy', 'Accuracy', least), color: { ...color, legend: null } },
          },
          {
            mark: { type: 'point', filled: true, size: 70, opacity: 1 },
            encoding: {
              y: shareAxis('accuracy', 'Accuracy', least),
              color,
              shape: {
                field: 'measure',
                type: 'nominal',
                scale: { domain: SERIES, range: SHAPES },
                sort: null,
              },
              description: { field: 'tip' },
            },
          },
        ],
      });
    },
  };
}
