/** @file Axes of line charts: remaining weights, states or epochs across; shares and measures upwards. */
import { remaining } from '../format.ts';
import type { Spec } from './chart.ts';
import { isNarrow } from './look.ts';

/** What lines run over. */
export type Across = 'remaining' | 'state' | 'epoch';

/** Remaining weights: logarithmic, from dense on the left to sparse on the right. */
function remainingAxis(ratios: readonly number[], width: number): Spec {
  const smallest = Math.min(...ratios, 0.9);
  // Room on both sides, in the same proportion on the logarithmic scale.
  const margin = (1 / smallest) ** 0.04;
  // Tick labels as the report's own text writes them: a vega expression that picks from a table.
  const cases = ratios.map(
    (ratio) => `abs(datum.value - ${ratio}) < ${ratio * 1e-9} ? '${remaining(ratio)}'`,
  );
  return {
    title: 'Remaining weights (logarithmic)',
    scale: { type: 'log', domain: [smallest / margin, margin], nice: false, reverse: true },
    axis: {
      values: ratios,
      labelExpr: `${cases.join(' : ')} : ''`,
      labelOverlap: 'greedy',
      labelSeparation: isNarrow(width) ? 6 : 10,
      grid: false,
    },
  };
}

/** Whole numbers from the first to the last. */
function countAxis(title: string, values: readonly number[], most: number): Spec {
  const [first, last] = [Math.min(...values), Math.max(...values)];
  return {
    title,
    scale: { domain: [first, Math.max(last, first + 1)], nice: false },
    axis: { tickMinStep: 1, tickCount: Math.min(most, last - first + 1), format: 'd', grid: false },
  };
}

/** The x axis over the values that occur. */
export function acrossAxis(across: Across, values: readonly number[], width: number): Spec {
  const axis =
    across === 'remaining'
      ? remainingAxis(values, width)
      : countAxis(across === 'state' ? 'State' : 'Epoch', values, across === 'state' ? 10 : 8);
  return { field: across, type: 'quantitative', ...axis };
}

/** A y axis: its title, scale and ticks over the values shown. */
export type UpAxis = (values: readonly number[]) => Spec;

/** Accuracies: starting at zero wastes the height where all lie near one; a start off zero is shown by the labels. */
export const accuracyAxis =
  (title: string): UpAxis =>
  (values) => {
    const least = Math.min(...values);
    const from = least > 0.5 ? Math.floor((least - 0.005) * 20) / 20 : 0;
    return {
      title,
      scale: { domain: [Math.max(0, from), 1], nice: false },
      axis: { format: '.0%', tickCount: 6 },
    };
  };

/** Shares that are mostly small, from zero to a little above the largest. */
export const shareAxis =
  (title: string): UpAxis =>
  (values) => ({
    title,
    scale: {
      domain: [0, Math.min(1, Math.max(0.05, Math.ceil(Math.max(...values) * 21.6) / 20))],
      nice: false,
    },
    axis: { format: '.0%', tickCount: 6 },
  });

/** Shares over a scale of their own. */
export const percentAxis =
  (title: string, scale: Spec): UpAxis =>
  () => ({ title, scale, axis: { format: '.0%', tickCount: 5 } });

/** A measure that may lie anywhere. */
export const measureAxis =
  (title: string): UpAxis =>
  () => ({ title, scale: { zero: false }, axis: { tickCount: 5, format: '~g' } });

/** Positive values by their logarithm. Gridlines at powers of ten alone: the minor ones would hide the lines. */
export const logAxis =
  (title: string): UpAxis =>
  (values) => {
    const least = Math.floor(Math.log10(Math.min(...values)));
    const most = Math.ceil(Math.log10(Math.max(...values)));
    const step = Math.max(1, Math.ceil((most - least) / 8));
    const count = Math.floor((most - least) / step) + 1;
    return {
      title,
      scale: { type: 'log' },
      axis: { format: '~g', values: Array.from({ length: count }, (_, i) => 10 ** (least + i * step)) },
    };
  };
