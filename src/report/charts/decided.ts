/** @file Chart: what decided each image, state by state. */

import { counted } from '../format.ts';
import type { VerifyRow } from '../../run/records.ts';
import { verifiedStates } from '../runData.ts';
import type { RunData } from '../runData.ts';
import { DECISION, PAPER } from '../theme.ts';
import type { TwoTone } from '../theme.ts';
import { framed, isNarrow, legendColumns, seriesColour, stateLabel } from './chart.ts';
import type { Chart } from './chart.ts';

/** A way an image can be settled, with its colour and the rows that belong to it. */
interface Decision {
  readonly name: string;
  readonly colour: TwoTone;
  readonly holds: (row: VerifyRow) => boolean;
}

const proof = (by: string) => (row: VerifyRow) => row.verdict === 'verified' && row.by === by;
const KNOWN_PROOFS: ReadonlySet<string> = new Set(['ibp', 'crown', 'alpha-crown', 'bab']);

/** In the order of the bars: proofs from cheap to dear, open, then the images that are not robust. */
export const DECISIONS: readonly Decision[] = [
  { name: 'IBP', colour: DECISION.ibp, holds: proof('ibp') },
  { name: 'CROWN', colour: DECISION.crown, holds: proof('crown') },
  { name: 'α-CROWN', colour: DECISION.alpha, holds: proof('alpha-crown') },
  { name: 'Branch and bound', colour: DECISION.bab, holds: proof('bab') },
  {
    name: 'Other proof',
    colour: DECISION.otherProof,
    holds: (row) => row.verdict === 'verified' && !KNOWN_PROOFS.has(row.by),
  },
  { name: 'Open', colour: DECISION.open, holds: (row) => row.verdict === 'unknown' },
  {
    name: 'Counterexample in search',
    colour: DECISION.babWitness,
    holds: (row) => row.verdict === 'falsified' && row.by !== 'attack' && row.by !== 'clean',
  },
  {
    name: 'Broken by attack',
    colour: DECISION.attack,
    holds: (row) => row.verdict === 'falsified' && row.by === 'attack',
  },
  {
    name: 'Misclassified',
    colour: DECISION.clean,
    holds: (row) => row.verdict === 'falsified' && row.by === 'clean',
  },
];

/** Counts of images by what settled them; needs the tables of images. */
export function decidedChart(run: RunData): Chart | undefined {
  const states = verifiedStates(run).filter((state) => state.verification.rows.length > 0);
  if (states.length === 0) return undefined;
  const all = states.flatMap((state) =>
    DECISIONS.map(({ name, holds }, order) => {
      const images = state.verification.rows.filter(holds).length;
      return {
        state: state.state,
        remaining: state.remainRatio,
        label: stateLabel(state),
        decided: name,
        order,
        images,
        tip: `State ${stateLabel(state)} – ${name}: ${counted(images, 'image')} of ${state.verification.rows.length}`,
      };
    }),
  );
  const seen = DECISIONS.filter(({ name }) => all.some((row) => row.decided === name && row.images > 0));
  const rows = all.filter((row) => seen.some(({ name }) => name === row.decided));
  const names = seen.map(({ name }) => name);
  const most = Math.max(...states.map((state) => state.verification.rows.length));
  const colour = seriesColour(
    'decided',
    names,
    seen.map(({ colour: c }) => c),
  );
  return {
    id: 'decided',
    title: 'What decided each image',
    caption:
      'Blue: proven robust, the darker the dearer the proof. Grey: left open. Warm: not robust, ' +
      'by search, by attack or because the clean image is misclassified.',
    alt: `Stacked bars, one a state. ${states
      .map((state) => {
        const parts = rows.filter((row) => row.state === state.state && row.images > 0);
        return `State ${stateLabel(state)}: ${parts.map((row) => `${row.decided} ${row.images}`).join(', ')}`;
      })
      .join('. ')}.`,
    wide: false,
    rows: rows.map(({ tip: _, label: __, order: ___, ...row }) => row),
    spec: (width) =>
      framed(
        width,
        { step: isNarrow(width) ? 26 : 30 },
        {
          data: { values: rows },
          mark: { type: 'bar', stroke: PAPER.panel.light, strokeWidth: 1, height: { band: 0.78 } },
          encoding: {
            y: {
              field: 'label',
              type: 'nominal',
              sort: null,
              title: 'State',
              axis: { ticks: false, domain: false },
            },
            x: {
              field: 'images',
              type: 'quantitative',
              title: 'Images',
              scale: { domain: [0, most], nice: false },
              axis: { tickMinStep: 1, tickCount: 5 },
            },
            order: { field: 'order' },
            color: { ...colour, legend: { columns: legendColumns(names, width), symbolType: 'square' } },
            description: { field: 'tip' },
          },
        },
      ),
  };
}
