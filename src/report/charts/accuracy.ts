/** @file Chart: standard, PGD and certified accuracy against remaining weights. */
import { percent } from '../format.ts';
import { wilsonInterval } from '../intervals.ts';
import { ACCURACIES } from '../levels.ts';
import { verifiedStates } from '../runData.ts';
import { ACCURACY } from '../theme.ts';
import { accuracyAxis } from './axes.ts';
import { runChart } from './chart.ts';
import { lineChart } from './lines.ts';

const NAMES = { standard: 'Standard', pgd: 'PGD', certified: 'Certified' };

export const accuracy = runChart({
  name: 'accuracy',
  title: 'Accuracy against remaining weights',
  sentence:
    'All three measures on the same test images. Bands are 95 % Wilson intervals: where they overlap widely, ' +
    'a difference may be chance. An open verdict counts as not certified.',
  section: 'Accuracy and verification',
  needs: verifiedStates,
  draw(states) {
    const rows = states.flatMap(({ state, remainRatio, verification: { counts } }) =>
      ACCURACIES.map((name) => ({
        state,
        remaining: remainRatio,
        measure: NAMES[name],
        count: counts[name],
        images: counts.images,
        accuracy: counts[name] / counts.images,
        ...wilsonInterval(counts[name], counts.images),
      })),
    );
    return lineChart({
      wide: true,
      rows,
      across: 'remaining',
      up: 'accuracy',
      axis: accuracyAxis('Accuracy'),
      series: (row) => row.measure,
      colours: ACCURACIES.map((name) => ACCURACY[name]),
      shapes: true,
      bands: rows.map((row) => ({ ...row, series: row.measure })),
      word: (share, { count, images, lower, upper }) =>
        `${percent(share)} (${count} of ${images}; 95 % interval ${percent(lower)} to ${percent(upper)})`,
    });
  },
});
