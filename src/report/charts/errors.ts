/** @file Chart: standard error, error under PGD and verified error of every state. */
import { percent } from '../format.ts';
import { ACCURACIES } from '../levels.ts';
import { verifiedStates } from '../runData.ts';
import { ACCURACY } from '../theme.ts';
import { percentAxis } from './axes.ts';
import { runChart } from './chart.ts';
import { lineChart } from './lines.ts';

const NAMES = { standard: 'Standard error', pgd: 'PGD error', certified: 'Verified error' };

export const errors = runChart({
  name: 'errors',
  title: 'Error rates',
  sentence:
    'Images got wrong: clean, under PGD, and not proven robust (verified error: falsified or open). The scale is that of ' +
    'the square root, which keeps small errors apart.',
  section: 'Accuracy and verification',
  needs: verifiedStates,
  draw: (states) =>
    lineChart({
      rows: states.flatMap(({ state, remainRatio, verification: { counts } }) =>
        ACCURACIES.map((name) => ({
          state,
          remaining: remainRatio,
          measure: NAMES[name],
          error: 1 - counts[name] / counts.images,
          count: counts.images - counts[name],
          images: counts.images,
        })),
      ),
      across: 'remaining',
      up: 'error',
      axis: percentAxis('Error', { type: 'sqrt', domainMin: 0 }),
      series: (row) => row.measure,
      colours: ACCURACIES.map((name) => ACCURACY[name]),
      shapes: true,
      word: (share, { count, images }) => `${percent(share)} (${count} of ${images})`,
    }),
});
