/** @file The table of a run's states: one row a state, all its figures. */

import type { Findings, PairedDifference } from '../findings.ts';
import { pairedDifference } from '../findings.ts';
import { ABSENT, count, duration, percent, probability, remaining } from '../format.ts';
import { wilsonInterval } from '../intervals.ts';
import { meanSeconds } from '../runData.ts';
import type { RunData, StateData } from '../runData.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';

/** One column: its header, what a state shows there, and the value it sorts by. */
interface Column {
  readonly header: string;
  readonly cell: (state: StateData) => Html | string;
  readonly value: (state: StateData) => number | undefined;
}

type CountName = 'standard' | 'pgd' | 'certified' | 'unknown';

function shareColumn(header: string, name: CountName): Column {
  const share = ({ verification }: StateData): number | undefined =>
    verification === undefined ? undefined : verification.counts[name] / verification.counts.images;
  return {
    header,
    value: share,
    cell: (state) => {
      const counts = state.verification?.counts;
      if (counts === undefined) return ABSENT;
      return html`${percent(share(state))}<small>${counts[name]} of ${counts.images}</small>`;
    },
  };
}

function intervalCell({ verification }: StateData): string {
  if (verification === undefined) return ABSENT;
  const { lower, upper } = wilsonInterval(verification.counts.certified, verification.counts.images);
  return `${(lower * 100).toFixed(0)} – ${percent(upper, 0)}`;
}

const COLUMNS: readonly Column[] = [
  shareColumn('Standard', 'standard'),
  shareColumn('PGD', 'pgd'),
  shareColumn('Certified', 'certified'),
  {
    header: '95 % interval',
    value: ({ verification }) =>
      verification && wilsonInterval(verification.counts.certified, verification.counts.images).lower,
    cell: intervalCell,
  },
  shareColumn('Open', 'unknown'),
  { header: 'Mean image', value: meanSeconds, cell: (state) => duration(meanSeconds(state)) },
  {
    header: 'Verify',
    value: (state) => state.verification?.seconds,
    cell: (state) => duration(state.verification?.seconds),
  },
  {
    header: 'Train',
    value: (state) => state.meta?.trainSeconds,
    cell: (state) => duration(state.meta?.trainSeconds),
  },
  {
    header: 'Best epoch',
    value: (state) => state.meta?.best?.epoch,
    cell: ({ meta }) =>
      meta?.best === undefined
        ? ABSENT
        : html`${meta.best.epoch}<small>${meta.best.criterion} ${percent(meta.best.value)}</small>`,
  },
];

/** Accuracies on the whole test set, where the run measured them. */
const TEST_COLUMNS: readonly Column[] = (['standard', 'fgsm', 'pgd'] as const).map((name) => ({
  header: `Test set ${{ standard: 'standard', fgsm: 'FGSM', pgd: 'PGD' }[name]}`,
  value: (state) => state.meta?.[name],
  cell: (state) => percent(state.meta?.[name], 2),
}));

const COMPRESSED: Column = {
  header: 'Compressed',
  value: ({ meta }) => meta?.compressed && meta.compressed.after.macs / meta.compressed.before.macs,
  cell: ({ meta }) => {
    if (meta?.compressed === undefined) return ABSENT;
    const { before, after } = meta.compressed;
    return html`${percent(after.macs / before.macs, 0)}<small>${count(after.parameters)}</small>`;
  },
};

/** How each state's certificates differ from the dense state's, image by image. */
function againstDense(run: RunData): Column {
  const dense = run.states.find((state) => state.remainRatio === 1)?.verification;
  const difference = (state: StateData): PairedDifference | undefined =>
    dense === undefined || state.verification === undefined || state.verification === dense
      ? undefined
      : pairedDifference(dense, state.verification);
  const net = (state: StateData): number | undefined => {
    const found = difference(state);
    return found && found.gained - found.lost;
  };
  return {
    header: 'Against dense',
    value: net,
    cell: (state) => {
      const found = difference(state);
      if (found === undefined) return ABSENT;
      return html`+${found.gained} −${found.lost}<small>${probability(found.p)}</small>`;
    },
  };
}

/** All states of a run; certified tickets are marked. */
export function stateTable(run: RunData, { tickets }: Findings): Html {
  const columns = [
    ...COLUMNS.slice(0, 4),
    againstDense(run),
    ...COLUMNS.slice(4),
    ...TEST_COLUMNS,
    COMPRESSED,
  ].filter((column) => run.states.some((state) => column.value(state) !== undefined));
  const rows = run.states.map((state) => {
    const ticket = tickets.find((one) => one.state === state.state);
    const kept = state.layers.reduce((sum, layer) => sum + layer.kept, 0);
    const badge = ticket && html`<span class="badge">certified ticket</span>`;
    return html`<tr${ticket ? html` class="ticket"` : ''}><th scope="row" class="word" data-value="${state.state}">${state.state}${state.remainRatio === 1 ? ' dense' : ''}${badge}</th>
<td data-value="${state.remainRatio ?? ''}">${remaining(state.remainRatio)}${kept > 0 && html`<small>${count(kept)}</small>`}</td>
${columns.map((column) => html`<td data-value="${column.value(state) ?? ''}">${column.cell(state)}</td>`)}</tr>
`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of states">
    <table class="sortable states">
      <caption>
        <span
          >Standard, PGD and certified accuracy on the verified images, with the 95 % Wilson interval of the
          certified share. Against dense: certificates gained and lost image by image, with the exact McNemar
          p.
          ${
            run.states.some((state) => state.meta?.compressed !== undefined) &&
            'Compressed: share of multiplications, and parameters, left without dead channels; verification drops them.'
          }
          ${
            run.states.some((state) => state.meta?.standard !== undefined) &&
            'Test set: all test images used for evaluation.'
          }</span
        >
      </caption>
      <thead>
        <tr>
          <th scope="col" class="word">State</th>
          <th scope="col">Remaining weights</th>
          ${columns.map((column) => html`<th scope="col">${column.header}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
  </div> `;
}
