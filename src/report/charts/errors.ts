/** @file Chart: standard error, error under PGD and verified error of every state. */

import { percent } from '../format.ts';
import { verifiedStates } from '../runData.ts';
import type { RunData } from '../runData.ts';
import { ACCURACY } from '../theme.ts';
import { framed, isNarrow, remainingAxis, seriesColour, stateLabel } from './chart.ts';
import type { Chart } from './chart.ts';

const SERIES = [
  ['standard', 'Standard error'],
  ['pgd', 'PGD error'],
  ['certified', 'Verified error'],
] as const;
const NAMES = SERIES.map(([, name]) => name);
const COLOURS = [ACCURACY.standard, ACCURACY.pgd, ACCURACY.certified];

/** Errors of all verified states on the same images, on a square-root scale: small errors stay apart. */
export function errorsChart(run: RunData): Chart | undefined {
  const states = verifiedStates(run);
  if (states.length === 0) return undefined;
  const rows = states.flatMap((state) =>
    SERIES.map(([key, measure]) => {
      const { counts } = state.verification;
      const error = 1 - counts[key] / counts.images;
      return {
        state: state.state,
        remaining: state.remainRatio,
        measure,
        error,
        count: counts.images - counts[key],
        images: counts.images,
        tip: `State ${stateLabel(state)}: ${measure.toLowerCase()} ${percent(error)} (${counts.images - counts[key]} of ${counts.images})`,
      };
    }),
  );
  const verified = rows.filter((row) => row.measure === 'Verified error');
  return {
    id: 'errors',
    title: 'Error rates',
    caption:
      'Images got wrong: clean, under PGD, and not proven robust (verified error: falsified or open). The scale is that of ' +
      'the square root, which keeps small errors apart.',
    alt: `Line chart. Verified error by state: ${verified.map((row) => `${row.state} ${percent(row.error)}`).join(', ')}.`,
    wide: false,
    rows: rows.map(({ tip: _, ...row }) => row),
    spec: (width) => {
      const color = seriesColour('measure', NAMES, COLOURS);
      return framed(width, isNarrow(width) ? 210 : 240, {
        data: { values: rows },
        encoding: {
          x: remainingAxis([...new Set(rows.map((row) => row.remaining))], width),
          y: {
            field: 'error',
            type: 'quantitative',
            title: 'Error',
            scale: { type: 'sqrt', domainMin: 0 },
            axis: { format: '.0%', tickCount: 6 },
          },
        },
        layer: [
          {
            mark: { type: 'line', aria: false, strokeWidth: 2 },
            encoding: { color: { ...color, legend: { symbolType: 'stroke', symbolStrokeWidth: 3 } } },
          },
          {
            mark: { type: 'point', filled: true, size: 45, opacity: 1 },
            encoding: { color: { ...color, legend: null }, description: { field: 'tip' } },
          },
        ],
        resolve: { legend: { color: 'independent' } },
      });
    },
  };
}
