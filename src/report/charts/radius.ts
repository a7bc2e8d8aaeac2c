/** @file Charts: certified accuracy against the radius, and how many images are certified up to where. */
import { certifiedCurve, radiusHistogram } from '../../run/radii.ts';
import { counted, percent, significant } from '../format.ts';
import { wilsonInterval } from '../intervals.ts';
import { radiusStates, type RadiusState } from '../runData.ts';
import { ACCURACY, PAPER, ramp } from '../theme.ts';
import { runChart, type Spec } from './chart.ts';
import { framed, isNarrow, legendColumns, seriesColour, stateLabel, strokeLegend } from './look.ts';

const words = { inf: 'l∞', 1: 'l1', 2: 'l2' } as const;
const axisTitle = ([{ radii }]: readonly RadiusState[]): string =>
  `Radius (${words[(radii[0]?.norm ?? 'inf') as keyof typeof words] ?? radii[0].norm}, raw pixels)`;
/** More bands than these hide one another. */
const mostBands = 2;
/** One network alone needs no name. */
const nameOf = (state: RadiusState, all: readonly RadiusState[]): string =>
  all.length === 1 ? 'Certified' : stateLabel(state);

export const radiusCurve = runChart({
  name: 'radius-curve',
  title: 'Certified accuracy against the radius',
  sentence:
    'Images whose label is proved to stay within a radius, from certified radii of the same images. What lies between a line ' +
    'and its dotted one is neither proved nor refuted. Of one or two networks bands show the 95 % Wilson intervals.',
  section: 'Accuracy and verification',
  needs: radiusStates,
  draw(states) {
    const names = states.map((state) => nameOf(state, states));
    const rows = states.flatMap((state, at) =>
      certifiedCurve(state.radii).map(({ radius, certified, standing, images }) => ({
        state: state.state,
        remaining: state.remainRatio,
        series: names[at],
        radius,
        images,
        count: certified,
        certified: certified / images,
        standing: standing / images,
        ...wilsonInterval(certified, images),
      })),
    );
    const colours = states.length === 1 ? [ACCURACY.certified] : ramp(states.length);
    const told = states.map((_, at) => {
      const mine = rows.filter(({ series }) => series === names[at]);
      const half = mine.findLast((row) => row.certified >= mine[0].certified / 2)!;
      return (
        `${names[at]}: ${percent(mine[0].certified)} of ${counted(mine[0].images, 'image')} at radius 0, ` +
        `half of it up to ${significant(half.radius)}`
      );
    });
    const values = rows.map((row) => ({
      ...row,
      tip: `${row.series}: ${percent(row.certified)} (${row.count} of ${row.images}) up to radius ${significant(row.radius)}`,
    }));
    const y = (field: string): Spec => ({
      field,
      type: 'quantitative',
      title: 'Certified accuracy',
      scale: { domain: [0, 1], nice: false },
      axis: { format: '.0%', tickCount: 6 },
    });
    return {
      alt: `Line chart. ${told.join('; ')}.`,
      wide: true,
      rows,
      spec(width) {
        const legend = states.length === 1 ? null : strokeLegend(names, width);
        const line = { interpolate: 'step-before', aria: false };
        return framed(width, isNarrow(width) ? 240 : 320, {
          data: { values },
          encoding: {
            x: {
              field: 'radius',
              type: 'quantitative',
              title: axisTitle(states),
              axis: { grid: false, tickCount: isNarrow(width) ? 5 : 10, format: '~g' },
              scale: { nice: false },
            },
            color: { ...seriesColour('series', names, colours), legend },
          },
          layer: [
            ...(states.length > mostBands
              ? []
              : [
                  {
                    mark: { type: 'area', opacity: 0.14, ...line },
                    encoding: { y: y('lower'), y2: { field: 'upper' } },
                  },
                ]),
            {
              mark: { type: 'line', strokeWidth: 1.5, strokeDash: [2, 3], ...line },
              encoding: { y: y('standing') },
            },
            { mark: { type: 'line', strokeWidth: 2, ...line }, encoding: { y: y('certified') } },
            {
              mark: { type: 'point', filled: true, size: 20, opacity: 0 },
              encoding: { y: y('certified'), description: { field: 'tip' } },
            },
          ],
        });
      },
    };
  },
});

export const radiusBins = runChart({
  name: 'radius-histogram',
  title: 'Certified radii',
  sentence:
    'Images that are classified rightly, by the largest radius proved for each. Of several states the densest and the ' +
    'sparsest are shown.',
  section: 'Accuracy and verification',
  needs: radiusStates,
  draw(all) {
    const states = all.length > 1 ? [all[0], all.at(-1)!] : all;
    const names = states.map((state) => nameOf(state, states));
    const bins = radiusHistogram(states.flatMap(({ radii }) => radii));
    const short = (value: number): string => significant(value, 3);
    const label = ({ from, to }: { readonly from: number; readonly to: number }): string =>
      `${short(from)}–${short(to)}`;
    const width = bins[0].to;
    const rows = states.flatMap((state, at) =>
      bins.map((bin) => ({
        state: state.state,
        series: names[at],
        from: bin.from,
        to: bin.to,
        radii: label(bin),
        images: state.radii.filter(
          ({ lower, upperBy }) =>
            upperBy !== 'clean' && Math.floor(lower / width + 1e-9) * width === bin.from,
        ).length,
      })),
    );
    const colours = states.length === 1 ? [ACCURACY.certified] : [PAPER.muted, ACCURACY.certified];
    const told = names.map((name) => {
      const fullest = rows
        .filter(({ series }) => series === name)
        .reduce((best, row) => (row.images > best.images ? row : best));
      return `${name}: most, ${counted(fullest.images, 'image')}, from ${short(fullest.from)} to ${short(fullest.to)}`;
    });
    const values = rows.map((row) => ({
      ...row,
      tip: `${row.series}: ${counted(row.images, 'image')} with a radius of ${short(row.from)} to ${short(row.to)}`,
    }));
    return {
      alt: `Histogram of ${counted(bins.length, 'bar')}. ${told.join('; ')}.`,
      rows,
      spec: (total) =>
        framed(total, isNarrow(total) ? 210 : 240, {
          data: { values },
          mark: { type: 'bar' },
          encoding: {
            x: {
              field: 'radii',
              type: 'ordinal',
              sort: bins.map(label),
              title: axisTitle(states),
              axis: { labelAngle: -45, labelOverlap: 'greedy', ticks: false, grid: false },
            },
            ...(states.length > 1 && { xOffset: { field: 'series', sort: names } }),
            y: {
              field: 'images',
              type: 'quantitative',
              title: 'Images',
              axis: { tickMinStep: 1, tickCount: 5, format: 'd' },
            },
            color: {
              ...seriesColour('series', names, colours),
              legend: states.length === 1 ? null : { columns: legendColumns(names, total) },
            },
            description: { field: 'tip' },
          },
        }),
    };
  },
});
