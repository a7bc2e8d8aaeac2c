/** @file The table of a run's states: one row a state, all its figures. */
import type { Findings } from '../findings.ts';
import { ABSENT, count, duration, percent, probability, remaining } from '../format.ts';
import { wilsonInterval, pairedDifference, type PairedDifference } from '../intervals.ts';
import { paretoStates } from '../pareto.ts';
import { meanSeconds, type RunData, type StateData } from '../runData.ts';
import { html, type Html } from './html.ts';

/** One column: its header, what a state shows there, and the value it sorts by. */
interface Column {
  readonly header: string;
  readonly cell: (state: StateData) => Html | string;
  readonly value: (state: StateData) => number | undefined;
}

type CountName = 'standard' | 'pgd' | 'certified' | 'unknown';

function shareColumn(header: string, name: CountName, below?: (state: StateData) => string): Column {
  const share = ({ verification }: StateData): number | undefined =>
    verification === undefined ? undefined : verification.counts[name] / verification.counts.images;
  return {
    header,
    value: share,
    cell: (state) => {
      const counts = state.verification?.counts;
      if (counts === undefined) return ABSENT;
      return html`${percent(share(state))}<small
          >${below?.(state) ?? `${counts[name]} of ${counts.images}`}</small
        >`;
    },
  };
}

function intervalText({ verification }: StateData): string {
  if (verification === undefined) return ABSENT;
  const { lower, upper } = wilsonInterval(verification.counts.certified, verification.counts.images);
  return `${(lower * 100).toFixed(0)} – ${percent(upper, 0)}`;
}

const COLUMNS: readonly Column[] = [
  shareColumn('Standard', 'standard'),
  shareColumn('PGD', 'pgd'),
  shareColumn('Certified', 'certified', intervalText),
];

const MORE_COLUMNS: readonly Column[] = [
  shareColumn('Open', 'unknown'),
  {
    header: 'Verify, mean image',
    value: (state) => state.verification?.seconds,
    cell: (state) =>
      html`${duration(state.verification?.seconds)}<small>${duration(meanSeconds(state))}</small>`,
  },
  {
    header: 'Train, best epoch',
    value: (state) => state.meta?.trainSeconds,
    cell: ({ meta }) =>
      html`${duration(meta?.trainSeconds)}${
        meta?.best !== undefined &&
        html`<small title="${meta.best.criterion} ${percent(meta.best.value)}"
          >epoch ${meta.best.epoch}</small
        >`
      }`,
  },
  {
    header: 'Test set',
    value: (state) => state.meta?.standard,
    cell: ({ meta }) => {
      const attacked = [
        ['FGSM', meta?.fgsm],
        ['PGD', meta?.pgd],
      ] as const;
      return html`${percent(meta?.standard)}${attacked.map(
        ([name, value]) => value !== undefined && html`<small>${name} ${percent(value)}</small>`,
      )}`;
    },
  },
];

const COMPRESSED: Column = {
  header: 'Compressed',
  value: ({ meta }) => meta?.compressed && meta.compressed.after.macs / meta.compressed.before.macs,
  cell: ({ meta }) => {
    if (meta?.compressed === undefined) return ABSENT;
    const { before, after } = meta.compressed;
    return html`${percent(after.macs / before.macs, 0)}<small>${count(after.parameters)}</small>`;
  },
};

/** Of all parameters, where the share of remaining weights is of those that may be pruned. */
const SIZE: readonly Column[] = [
  {
    header: 'All parameters',
    value: ({ meta }) => meta?.size && meta.size.nonzero / meta.size.parameters,
    cell: ({ meta }) =>
      meta?.size
        ? html`${percent(meta.size.nonzero / meta.size.parameters, 1)}<small
              >${count(meta.size.nonzero)}</small
            >`
        : ABSENT,
  },
  {
    header: 'Multiplications',
    value: ({ meta }) => meta?.size && meta.size.nonzeroMacs / Math.max(1, meta.size.macs),
    cell: ({ meta }) =>
      meta?.size
        ? html`${percent(meta.size.nonzeroMacs / Math.max(1, meta.size.macs), 1)}<small
              >${count(meta.size.nonzeroMacs)}</small
            >`
        : ABSENT,
  },
];

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
  const columns = [...SIZE, ...COLUMNS, againstDense(run), ...MORE_COLUMNS, COMPRESSED].filter((column) =>
    run.states.some((state) => column.value(state) !== undefined),
  );
  const pareto = paretoStates(run);
  const rows = run.states.map((state) => {
    const ticket = tickets.find((one) => one.state === state.state);
    const kept = state.layers.reduce((sum, layer) => sum + layer.kept, 0);
    const badges = html`${
      ticket &&
      html`<span class="badge${ticket.outright ? '' : ' plain'}"
        >${ticket.outright ? 'certified ticket' : 'within noise'}</span
      >`
    }${pareto.has(state.state) && html`<span class="badge plain">Pareto</span>`}`;
    return html`<tr${ticket?.outright ? html` class="ticket"` : ''}><th scope="row" class="word" data-value="${state.state}">${state.state}${state.remainRatio === 1 ? ' dense' : ''}${badges}</th>
<td data-value="${state.remainRatio ?? ''}">${remaining(state.remainRatio)}${kept > 0 && html`<small>${count(kept)}</small>`}</td>
${columns.map((column) => html`<td data-value="${column.value(state) ?? ''}">${column.cell(state)}</td>`)}</tr>
`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of states">
    <table class="sortable states">
      <caption>
        <span
          >Standard, PGD and certified accuracy on the verified images, below the last its 95 % Wilson
          interval. Pareto: no other state is at least as sparse and as accurate in both ways, and better in
          one. Within noise: short of a certified ticket by no more than the 95 % intervals of the dense
          state. Against dense: certificates gained and lost image by image, with the exact McNemar p.
          ${
            run.states.some((state) => state.meta?.size !== undefined) &&
            'All parameters: those that are not 0, prunable or not; multiplications: those by weights that are not 0.'
          }
          ${
            run.states.some((state) => state.meta?.compressed !== undefined) &&
            'Compressed: share of multiplications, and parameters, left without dead channels; verification drops them.'
          }
          ${
            run.states.some((state) => state.meta?.standard !== undefined) &&
            'Test set: all test images of the evaluation.'
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
