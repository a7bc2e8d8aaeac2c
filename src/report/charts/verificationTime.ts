/** @file Chart: seconds of verification an image, state by state, on a logarithmic scale. */
import { duration } from '../format.ts';
import { verifiedStates, type VerifiedState } from '../runData.ts';
import { ACCURACY, DECISION, PAPER } from '../theme.ts';
import { runChart, type Spec } from './chart.ts';
import { framed, isNarrow, legendColumns, rowsAxis, seriesColour, stateLabel } from './look.ts';

/** More points than this blur into a block and make the page heavy; then only the quartiles are drawn. */
const MOST_POINTS = 900;
/** Nothing is measured finer than this; the logarithm needs a floor. */
const LEAST_SECONDS = 0.001;

const VERDICTS = {
  verified: { name: 'Proven', colour: ACCURACY.certified },
  falsified: { name: 'Counterexample', colour: DECISION.attack },
  unknown: { name: 'Open', colour: DECISION.open },
} as const;

/** The value below which the share `q` of the sorted values lies, interpolated. */
function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

/** Misclassified images take no verification and are left out. */
const timed = ({ verification }: VerifiedState) =>
  verification.rows
    .filter((row) => row.by !== 'clean')
    .map((row) => ({ ...row, seconds: Math.max(LEAST_SECONDS, row.seconds) }));

function quartiles(state: VerifiedState) {
  const sorted = timed(state)
    .map((row) => row.seconds)
    .toSorted((a, b) => a - b);
  const [p10, q1, median, q3, p90] = [0.1, 0.25, 0.5, 0.75, 0.9].map((q) => quantile(sorted, q));
  const mean = sorted.reduce((sum, seconds) => sum + seconds, 0) / sorted.length;
  const largest = sorted.at(-1)!;
  const images = sorted.length;
  return {
    state: state.state,
    remaining: state.remainRatio,
    images,
    p10,
    q1,
    median,
    q3,
    p90,
    mean,
    largest,
  };
}

export const verificationTime = runChart({
  name: 'verification-time',
  title: 'Verification time an image',
  sentence: 'Seconds an image: middle half, 10th to 90th percentile, median and single images.',
  section: 'Accuracy and verification',
  needs: (run) => verifiedStates(run).filter((state) => timed(state).length > 0),
  draw(states) {
    const rows = states.map(quartiles);
    const boxes = rows.map((row, at) => ({
      ...row,
      label: stateLabel(states[at]),
      tip: `State ${stateLabel(states[at])}: median ${duration(row.median)}, middle half ${duration(row.q1)} to ${duration(row.q3)}, longest ${duration(row.largest)}`,
    }));
    const points = states.flatMap((state) =>
      timed(state).map((row, at) => ({
        label: stateLabel(state),
        seconds: row.seconds,
        verdict: VERDICTS[row.verdict].name as string,
        // The golden ratio spreads successive points evenly without chance.
        spread: 0.05 + 0.8 * ((at * 0.6180339887498949) % 1),
        tip: `Image ${row.index}, state ${stateLabel(state)}: ${row.verdict}${row.by === '' ? '' : ` by ${row.by}`} in ${duration(row.seconds)}`,
      })),
    );
    const shown = points.length <= MOST_POINTS ? points : [];
    const verdicts = Object.values(VERDICTS).filter(({ name }) =>
      points.some((point) => point.verdict === name),
    );
    const names = verdicts.map(({ name }) => name);
    const limit = Math.max(...states.map((state) => state.verification.timeoutSeconds ?? 0));
    const low = Math.min(...boxes.map((box) => box.p10), ...shown.map((point) => point.seconds));
    const high = Math.max(limit, ...boxes.map((box) => box.largest));
    const seconds = (field: string): Spec => ({
      field,
      type: 'quantitative',
      title: 'Seconds (logarithmic)',
      scale: { type: 'log', domain: [low / 1.3, high * 1.3], nice: false },
      axis: {
        values: [0.001, 0.01, 0.1, 1, 10, 100, 1000, 10000],
        labelExpr: "datum.value < 1 ? datum.value * 1000 + ' ms' : datum.value + ' s'",
      },
    });
    const yOffset = { field: 'spread', type: 'quantitative', scale: { domain: [-1, 1] } };
    const data = { values: boxes.map((row) => ({ ...row, spread: shown.length > 0 ? -0.4 : 0 })) };
    const ink = PAPER.ink.light;
    const tip = { description: { field: 'tip' } };
    return {
      caption: `Box: middle half of the images; line: 10th to 90th percentile; bar: median${
        shown.length > 0 ? '; dots: single images' : ''
      }. Misclassified images are left out.${limit > 0 ? ` The limit is ${duration(limit)} an image.` : ''}`,
      alt: `Distribution of seconds an image, logarithmic. ${boxes.map((box) => box.tip).join('. ')}.`,
      rows,
      spec: (width) =>
        framed(
          width,
          { step: isNarrow(width) ? 36 : 40, for: 'position' },
          {
            encoding: { y: rowsAxis('label', states.map(stateLabel), 'State') },
            layer: [
              {
                data: { values: shown },
                mark: { type: 'point', filled: true, size: 14, opacity: 0.65 },
                encoding: {
                  x: seconds('seconds'),
                  yOffset,
                  color: {
                    ...seriesColour(
                      'verdict',
                      names,
                      verdicts.map(({ colour }) => colour),
                    ),
                    legend: shown.length > 0 ? { columns: legendColumns(names, width) } : null,
                  },
                  ...tip,
                },
              },
              {
                data,
                mark: { type: 'rule', aria: false, color: ink, strokeWidth: 1, opacity: 0.7 },
                encoding: { x: seconds('p10'), x2: { field: 'p90' }, yOffset },
              },
              {
                data,
                mark: {
                  type: 'bar',
                  height: 10,
                  fillOpacity: 0.12,
                  fill: ink,
                  stroke: ink,
                  strokeOpacity: 0.6,
                  strokeWidth: 1,
                },
                encoding: { x: seconds('q1'), x2: { field: 'q3' }, yOffset, ...tip },
              },
              {
                data,
                mark: { type: 'tick', thickness: 3, size: 15, color: ink },
                encoding: { x: seconds('median'), yOffset, ...tip },
              },
            ],
          },
        ),
    };
  },
});
