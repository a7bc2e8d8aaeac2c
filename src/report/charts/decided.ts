/** @file Chart: what decided each image, state by state. */
import { counted } from '../format.ts';
import type { VerifyRow } from '../../run/records.ts';
import { verifiedStates } from '../runData.ts';
import { DECISION, PAPER } from '../theme.ts';
import { runChart } from './chart.ts';
import { framed, isNarrow, legendColumns, rowsAxis, seriesColour, stateLabel } from './look.ts';

const KNOWN_PROOFS: ReadonlySet<string> = new Set(['ibp', 'crown', 'alpha-crown', 'bab']);

const proof = (by: string) => (row: VerifyRow) => row.verdict === 'verified' && row.by === by;
const broken = (by: string) => (row: VerifyRow) => row.verdict === 'falsified' && row.by === by;

/** In the order of the bars: proofs from cheap to dear, open, then the images that are not robust. */
const DECISIONS = [
  { name: 'IBP', colour: DECISION.ibp, holds: proof('ibp') },
  { name: 'CROWN', colour: DECISION.crown, holds: proof('crown') },
  { name: 'α-CROWN', colour: DECISION.alpha, holds: proof('alpha-crown') },
  { name: 'Branch and bound', colour: DECISION.bab, holds: proof('bab') },
  {
    name: 'Other proof',
    colour: DECISION.otherProof,
    holds: (row: VerifyRow) => row.verdict === 'verified' && !KNOWN_PROOFS.has(row.by),
  },
  { name: 'Open', colour: DECISION.open, holds: (row: VerifyRow) => row.verdict === 'unknown' },
  {
    name: 'Counterexample in search',
    colour: DECISION.babWitness,
    holds: (row: VerifyRow) => row.verdict === 'falsified' && row.by !== 'attack' && row.by !== 'clean',
  },
  { name: 'Broken by attack', colour: DECISION.attack, holds: broken('attack') },
  { name: 'Misclassified', colour: DECISION.clean, holds: broken('clean') },
];

export const decided = runChart({
  name: 'decided',
  title: 'What decided each image',
  sentence:
    'Blue: proven robust, the darker the dearer the proof. Grey: left open. Warm: not robust, ' +
    'by search, by attack or because the clean image is misclassified.',
  section: 'Accuracy and verification',
  needs: (run) => verifiedStates(run).filter((state) => state.verification.rows.length > 0),
  draw(states) {
    const seen = DECISIONS.filter(({ holds }) => states.some((state) => state.verification.rows.some(holds)));
    const rows = states.flatMap((state) =>
      seen.map(({ name, holds }) => ({
        state: state.state,
        remaining: state.remainRatio,
        decided: name,
        images: state.verification.rows.filter(holds).length,
      })),
    );
    const names = seen.map(({ name }) => name);
    const labels = new Map(states.map((state) => [state.state, stateLabel(state)]));
    const most = Math.max(...states.map((state) => state.verification.rows.length));
    return {
      alt: `Stacked bars, one a state. ${[...labels]
        .map(([state, label]) => {
          const parts = rows.filter((row) => row.state === state && row.images > 0);
          return `State ${label}: ${parts.map((row) => `${row.decided} ${row.images}`).join(', ')}`;
        })
        .join('. ')}.`,
      rows,
      spec: (width) =>
        framed(
          width,
          { step: isNarrow(width) ? 26 : 30 },
          {
            data: {
              values: rows.map((row) => ({
                ...row,
                label: labels.get(row.state),
                order: names.indexOf(row.decided),
                tip: `State ${labels.get(row.state)} – ${row.decided}: ${counted(row.images, 'image')} of ${most}`,
              })),
            },
            mark: { type: 'bar', stroke: PAPER.panel.light, strokeWidth: 1, height: { band: 0.78 } },
            encoding: {
              y: rowsAxis('label', [...labels.values()], 'State'),
              x: {
                field: 'images',
                type: 'quantitative',
                title: 'Images',
                scale: { domain: [0, most], nice: false },
                axis: { tickMinStep: 1, tickCount: 5 },
              },
              order: { field: 'order' },
              color: {
                ...seriesColour(
                  'decided',
                  names,
                  seen.map(({ colour }) => colour),
                ),
                legend: { columns: legendColumns(names, width), symbolType: 'square' },
              },
              description: { field: 'tip' },
            },
          },
        ),
    };
  },
});
