/** @file Chart: certified accuracy of several runs against remaining weights. */

import { percent, remaining } from '../format.ts';
import { studiesOf, studyLabel } from '../levels.ts';
import { certifiedShare } from '../paired.ts';
import { verifiedStates } from '../runData.ts';
import type { RunData } from '../runData.ts';
import { CATEGORIES } from '../theme.ts';
import { framed, isNarrow, legendColumns, remainingAxis, seriesColour, shareAxis } from './chart.ts';
import type { Chart } from './chart.ts';

const DASHES = [
  [1, 0],
  [6, 3],
  [2, 3],
  [8, 3, 2, 3],
];

/** One line a run; runs that differ in the seed alone share a colour, with a band over their range. */
export function comparisonChart(runs: readonly RunData[]): Chart | undefined {
  const studies = studiesOf(runs);
  const rows = studies.flatMap((study) =>
    study.runs.flatMap((run) =>
      verifiedStates(run).map(({ state, remainRatio, verification }) => ({
        run: run.name,
        group: studyLabel(study),
        seed: run.environment.seed,
        state,
        remaining: remainRatio,
        certified: verification.counts.certified,
        images: verification.counts.images,
        accuracy: certifiedShare(verification),
      })),
    ),
  );
  if (rows.length === 0) return undefined;
  const bands = studies.flatMap((study) =>
    study.levels.flatMap(({ state, seeds, remainRatio }) => {
      const own = rows.filter((row) => row.group === studyLabel(study) && row.state === state);
      const values = own.map((row) => row.accuracy);
      if (seeds < 2) return [];
      return [
        {
          group: studyLabel(study),
          remaining: remainRatio,
          lower: Math.min(...values),
          upper: Math.max(...values),
        },
      ];
    }),
  );
  const names = [...new Set(rows.map((row) => row.group))];
  const colours = names.map((_, at) => CATEGORIES[at % CATEGORIES.length]);
  const dashes = names.map((_, at) => DASHES[Math.floor(at / CATEGORIES.length) % DASHES.length]);
  const values = rows.map((row) => ({
    ...row,
    tip: `${row.run}: ${percent(row.accuracy)} certified (${row.certified} of ${row.images}), ${remaining(row.remaining)} remaining`,
  }));
  return {
    id: 'comparison',
    title: 'Certified accuracy against remaining weights',
    caption: `One line a run${
      bands.length > 0
        ? '; runs that differ in the seed alone share a colour, with a band from lowest to highest'
        : ''
    }. Runs over different images or radii are not comparable.`,
    alt: `Line chart. ${studies
      .flatMap((study) =>
        study.best && study.dense
          ? [
              `${studyLabel(study)}: ${percent(study.dense.accuracy.certified.mean)} dense, best ${percent(study.best.accuracy.certified.mean)} at ${remaining(study.best.remainRatio)}`,
            ]
          : [],
      )
      .join('. ')}.`,
    wide: true,
    rows,
    spec: (width) => {
      const least = Math.min(...rows.map((row) => row.accuracy));
      const y = shareAxis('accuracy', 'Certified accuracy', least);
      const color = seriesColour('group', names, colours);
      const x = remainingAxis([...new Set(rows.map((row) => row.remaining))], width);
      return framed(width, isNarrow(width) ? 260 : 340, {
        data: { values },
        resolve: { legend: { color: 'independent' } },
        encoding: { x },
        layer: [
          {
            data: { values: bands },
            mark: { type: 'area', aria: false, opacity: 0.14 },
            encoding: {
              y: { ...y, field: 'lower' },
              y2: { field: 'upper' },
              color: { ...color, legend: null },
            },
          },
          {
            mark: { type: 'line', aria: false, strokeWidth: 2 },
            encoding: {
              y,
              color: {
                ...color,
                legend: { columns: legendColumns(names, width), symbolType: 'stroke', symbolStrokeWidth: 3 },
              },
              detail: { field: 'run' },
              strokeDash: {
                field: 'group',
                type: 'nominal',
                scale: { domain: names, range: dashes },
                legend: null,
              },
            },
          },
          {
            mark: { type: 'point', filled: true, size: 55, opacity: 1 },
            encoding: { y, color: { ...color, legend: null }, description: { field: 'tip' } },
          },
        ],
      });
    },
  };
}
