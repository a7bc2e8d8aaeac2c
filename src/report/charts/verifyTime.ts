/** @file Chart: seconds of verification an image, state by state, on a logarithmic scale. */

import { duration } from '../format.ts';
import { verifiedStates } from '../runData.ts';
import type { RunData, VerifiedState } from '../runData.ts';
import { ACCURACY, DECISION, PAPER } from '../theme.ts';
import { framed, isNarrow, legendColumns, seriesColour, stateLabel } from './chart.ts';
import type { Chart } from './chart.ts';

/** More points than this blur into a block and make the page heavy; then only the quartiles are drawn. */
const MOST_POINTS = 900;
/** Nothing is measured finer than this; the logarithm needs a floor. */
const LEAST_SECONDS = 0.001;

const VERDICTS = ['Proven', 'Counterexample', 'Open'] as const;
const COLOURS = [ACCURACY.certified, DECISION.attack, DECISION.open];

/** The value below which the share `q` of the sorted values lies, interpolated. */
function quantile(sorted: readonly number[], q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (at - below);
}

function timed(state: VerifiedState) {
  return state.verification.rows
    .filter((row) => row.by !== 'clean')
    .map((row) => ({ ...row, seconds: Math.max(LEAST_SECONDS, row.seconds) }));
}

/** Points, quartiles and median of every state's times; misclassified images take no verification and are left out. */
export function verifyTimeChart(run: RunData): Chart | undefined {
  const states = verifiedStates(run).filter((state) => timed(state).length > 0);
  if (states.length === 0) return undefined;
  const boxes = states.map((state) => {
    const sorted = timed(state)
      .map((row) => row.seconds)
      .toSorted((a, b) => a - b);
    const [p10, q1, median, q3, p90] = [0.1, 0.25, 0.5, 0.75, 0.9].map((q) => quantile(sorted, q));
    const mean = sorted.reduce((sum, seconds) => sum + seconds, 0) / sorted.length;
    return {
      state: state.state,
      remaining: state.remainRatio,
      label: stateLabel(state),
      images: sorted.length,
      p10,
      q1,
      median,
      q3,
      p90,
      mean,
      largest: sorted.at(-1)!,
      tip: `State ${stateLabel(state)}: median ${duration(median)}, middle half ${duration(q1)} to ${duration(q3)}, longest ${duration(sorted.at(-1))}`,
    };
  });
  const points = states.flatMap((state) =>
    timed(state).map((row, at) => ({
      label: stateLabel(state),
      seconds: row.seconds,
      verdict: VERDICTS[row.verdict === 'verified' ? 0 : row.verdict === 'falsified' ? 1 : 2] as string,
      // The golden ratio spreads successive points evenly without chance.
      spread: 0.05 + 0.8 * ((at * 0.6180339887498949) % 1),
      tip: `Image ${row.index}, state ${stateLabel(state)}: ${row.verdict}${row.by === '' ? '' : ` by ${row.by}`} in ${duration(row.seconds)}`,
    })),
  );
  const shown = points.length <= MOST_POINTS ? points : [];
  const names = VERDICTS.filter((verdict) => points.some((point) => point.verdict === verdict));
  const colours = VERDICTS.flatMap((verdict, at) => (names.includes(verdict) ? [COLOURS[at]] : []));
  const limit = Math.max(...states.map((state) => state.verification.timeoutSeconds ?? 0));
  const low = points.reduce(
    (least, point) => Math.min(least, point.seconds),
    Math.min(...boxes.map((box) => box.p10)),
  );
  const high = Math.max(limit, ...boxes.map((box) => box.largest));
  return {
    id: 'verification-time',
    title: 'Verification time an image',
    caption: `Box: middle half of the images; line: 10th to 90th percentile; bar: median${
      shown.length > 0 ? '; dots: single images' : ''
    }. Misclassified images are left out.${limit > 0 ? ` The limit is ${duration(limit)} an image.` : ''}`,
    alt: `Distribution of seconds an image, logarithmic. ${boxes.map((box) => box.tip).join('. ')}.`,
    wide: false,
    rows: boxes.map(({ tip: _, label: __, ...box }) => box),
    spec: (width) => {
      const seconds = (field: string): Record<string, unknown> => ({
        field,
        type: 'quantitative',
        title: 'Seconds (logarithmic)',
        scale: { type: 'log', domain: [low / 1.3, high * 1.3], nice: false },
        axis: {
          values: [0.001, 0.01, 0.1, 1, 10, 100, 1000, 10000],
          labelExpr: "datum.value < 1 ? datum.value * 1000 + ' ms' : datum.value + ' s'",
        },
      });
      const color = seriesColour('verdict', names, colours);
      const yOffset = { field: 'spread', type: 'quantitative', scale: { domain: [-1, 1] } };
      const box = { data: { values: boxes.map((row) => ({ ...row, spread: shown.length > 0 ? -0.4 : 0 })) } };
      const tip = { description: { field: 'tip' } };
      return framed(
        width,
        { step: isNarrow(width) ? 36 : 40, for: 'position' },
        {
          encoding: {
            y: {
              field: 'label',
              type: 'nominal',
              sort: states.map(stateLabel),
              title: 'State',
              axis: { ticks: false, domain: false },
            },
          },
          layer: [
            {
              data: { values: shown },
              mark: { type: 'point', filled: true, size: 14, opacity: 0.65 },
              encoding: {
                x: seconds('seconds'),
                yOffset,
                color: {
                  ...color,
                  legend: shown.length > 0 ? { columns: legendColumns(names, width) } : null,
                },
                ...tip,
              },
            },
            {
              ...box,
              mark: { type: 'rule', aria: false, color: PAPER.ink.light, strokeWidth: 1, opacity: 0.7 },
              encoding: { x: seconds('p10'), x2: { field: 'p90' }, yOffset },
            },
            {
              ...box,
              mark: {
                type: 'bar',
                height: 10,
                fillOpacity: 0.12,
                fill: PAPER.ink.light,
                stroke: PAPER.ink.light,
                strokeOpacity: 0.6,
                strokeWidth: 1,
              },
              encoding: { x: seconds('q1'), x2: { field: 'q3' }, yOffset, ...tip },
            },
            {
              ...box,
              mark: { type: 'tick', thickness: 3, size: 15, color: PAPER.ink.light },
              encoding: { x: seconds('median'), yOffset, ...tip },
            },
          ],
        },
      );
    },
  };
}
