/** @file Chart: certified against standard accuracy of all states, the Pareto front with sparsity filled. */
import { percent, remaining } from '../format.ts';
import { grouped, studiesOf, studyLabel } from '../levels.ts';
import { paretoFront } from '../pareto.ts';
import type { RunData } from '../runData.ts';
import { ticketsOf } from '../tickets.ts';
import { CATEGORIES, PAPER } from '../theme.ts';
import type { ChartKind, Drawing, Spec } from './chart.ts';
import { framed, isNarrow, seriesColour, strokeLegend } from './look.ts';

/** Room about the points, as a share of their range and at least as much. */
function domainOf(values: readonly number[]): [number, number] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const room = Math.max(0.01, (most - least) * 0.12);
  return [Math.max(0, least - room), Math.min(1, most + room)];
}

function axis(field: string, title: string, values: readonly number[]): Spec {
  return {
    field,
    type: 'quantitative',
    title,
    scale: { domain: domainOf(values), nice: false, zero: false },
    axis: { format: '.1~%', tickCount: 5 },
  };
}

/** One point a state: of one run, or of several studies, means over seeds with their spread. */
function draw(runs: readonly RunData[]): Drawing | undefined {
  const studies = studiesOf(runs);
  const all = studies.flatMap((study) => study.levels);
  if (all.length < 2) return undefined;
  const front = paretoFront(all);
  const rows = studies.flatMap((study) => {
    const tickets = new Map(ticketsOf(study.runs).map((ticket) => [ticket.state, ticket]));
    return study.levels.map((level) => {
      const { standard, certified } = level.accuracy;
      const ticket = tickets.get(level.state);
      return {
        study: studyLabel(study),
        state: level.state,
        remaining: level.remainRatio,
        seeds: level.seeds,
        standard: standard.mean,
        standardDeviation: standard.deviation ?? null,
        certified: certified.mean,
        certifiedDeviation: certified.deviation ?? null,
        pareto: front.has(level),
        ticket: ticket === undefined ? '' : ticket.outright ? 'certified ticket' : 'ticket within noise',
      };
    });
  });
  const names = [...new Set(rows.map((row) => row.study))];
  const values = rows.map((row) => ({
    ...row,
    low: row.certified - (row.certifiedDeviation ?? 0),
    high: row.certified + (row.certifiedDeviation ?? 0),
    left: row.standard - (row.standardDeviation ?? 0),
    right: row.standard + (row.standardDeviation ?? 0),
    label: row.remaining === 1 ? 'dense' : remaining(row.remaining),
    tip: `${names.length > 1 ? `${row.study}, ` : ''}state ${row.state} (${remaining(row.remaining)} remaining): standard ${percent(row.standard)}, certified ${percent(row.certified)}${row.pareto ? ', on the front' : ''}${row.ticket === '' ? '' : `, ${row.ticket}`}`,
  }));
  // States of equal accuracies lie on one point: one label names them all.
  const labels = [...grouped(values, (row) => `${row.study} ${row.standard} ${row.certified}`).values()].map(
    (own) => ({
      ...own[0],
      label: own.map((row) => row.label).join(', '),
    }),
  );
  const middle =
    (Math.min(...values.map((row) => row.left)) + Math.max(...values.map((row) => row.right))) / 2;
  const seeds = rows.some((row) => row.seeds > 1);
  const colours = names.map((_, at) => CATEGORIES[at % CATEGORIES.length]);
  const color = seriesColour('study', names, colours);
  const onFront = rows.filter((row) => row.pareto);
  return {
    caption: `Filled: the Pareto front. No other state${names.length > 1 ? ' of any run' : ''} is at least as sparse and as accurate in both ways, and better in one; states that certify no more than a constant answer would take no part. Diamonds: certified tickets, those within noise too. Labels: remaining weights.${
      seeds ? ' Crosses: standard deviation over seeds.' : ''
    }`,
    alt: `Scatter plot. On the front: ${onFront
      .map(
        (row) =>
          `${names.length > 1 ? `${row.study} ` : ''}${remaining(row.remaining)} with ${percent(row.standard)} standard and ${percent(row.certified)} certified`,
      )
      .join('; ')}.`,
    wide: names.length > 1,
    rows,
    spec: (width) => {
      const ends = (a: 'left' | 'low', b: 'right' | 'high') => values.flatMap((row) => [row[a], row[b]]);
      const x = axis('standard', 'Standard accuracy', ends('left', 'right'));
      const y = axis('certified', 'Certified accuracy', ends('low', 'high'));
      const whisker = (encoding: Spec) => ({ mark: { type: 'rule', aria: false, opacity: 0.6 }, encoding });
      // Many labels would cover each other: then the front and the dense states are named alone.
      const named = labels.filter(
        ({ pareto, remaining: share }) => labels.length <= 8 || pareto || share === 1,
      );
      return framed(width, isNarrow(width) ? 260 : 320, {
        data: { values },
        encoding: { x, y, color: { ...color, legend: null } },
        resolve: { legend: { color: 'independent' } },
        layer: [
          ...(seeds
            ? [
                whisker({ y: { ...y, field: 'low' }, y2: { field: 'high' } }),
                whisker({ x: { ...x, field: 'left' }, x2: { field: 'right' } }),
              ]
            : []),
          {
            mark: { type: 'line', aria: false, strokeWidth: 1, opacity: 0.5 },
            encoding: {
              order: { field: 'remaining', sort: 'descending' },
              color: {
                ...color,
                legend: names.length > 1 ? strokeLegend(names, width) : null,
              },
            },
          },
          {
            mark: { type: 'point', size: 80, opacity: 1, strokeWidth: 1.75 },
            encoding: {
              fillOpacity: { condition: { test: 'datum.pareto', value: 1 }, value: 0 },
              fill: { ...color, legend: null },
              shape: { condition: { test: "datum.ticket !== ''", value: 'diamond' }, value: 'circle' },
              description: { field: 'tip' },
            },
          },
          ...(['left', 'right'] as const).map((align) => ({
            // Towards the middle, so that no label leaves the frame.
            data: { values: named.filter((row) => row.standard > middle === (align === 'right')) },
            mark: {
              type: 'text',
              aria: false,
              fontSize: 11,
              dx: align === 'left' ? 7 : -7,
              dy: -8,
              align,
            },
            encoding: { text: { field: 'label' }, color: { value: PAPER.muted.light } },
          })),
        ],
      });
    },
  };
}

export const pareto: ChartKind = {
  name: 'pareto',
  title: 'Sparsity, standard and certified accuracy',
  sentence: 'Certified against standard accuracy of every state; filled: the Pareto front with sparsity.',
  section: 'Accuracy and verification',
  compares: true,
  draw,
};
