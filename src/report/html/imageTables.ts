/** @file The verdict of every image, one folded table a state. */
import type { VerifyRow } from '../../run/records.ts';
import { count, counted, duration, percent, remaining, significant } from '../format.ts';
import { verifiedStates, type RunData, type VerifiedState } from '../runData.ts';
import { html, type Html } from './html.ts';

/** A page with more rows than this a state grows slow; the CSV file has them all. */
const MOST_ROWS = 500;

const HEADERS = [
  ['Image', ''],
  ['Label', ''],
  ['Prediction', ''],
  ['Verdict', 'word'],
  ['By', 'word'],
  ['Time', ''],
  ['Domains', ''],
  ['Lower bound', ''],
] as const;

const BY: Readonly<Record<string, string>> = {
  clean: 'misclassified',
  attack: 'attack',
  ibp: 'IBP',
  crown: 'CROWN',
  'alpha-crown': 'α-CROWN',
  bab: 'branch and bound',
  'input-split': 'input splitting',
  mip: 'MIP',
  lp: 'LP',
};

function imageRow(row: VerifyRow): Html {
  const bound = Number.isFinite(row.lowerBound) ? row.lowerBound : undefined;
  const verdict = row.why === '' ? row.verdict : `${row.verdict} (${row.why})`;
  return html`<tr>
    <td>${row.index}</td>
    <td>${row.label}</td>
    <td>${row.prediction}</td>
    <td class="word">${verdict}</td>
    <td class="word">${BY[row.by] ?? row.by}</td>
    <td data-value="${row.seconds}">${duration(row.seconds)}</td>
    <td data-value="${row.domains}">${count(row.domains)}</td>
    <td data-value="${bound ?? ''}">${significant(bound)}</td>
  </tr> `;
}

function stateDetails({ state, remainRatio, verification }: VerifiedState): Html {
  const { counts, rows } = verification;
  const shown = rows.slice(0, MOST_ROWS);
  const rest = rows.length - shown.length;
  const name = remainRatio === 1 ? 'dense' : `${remaining(remainRatio)} remaining`;
  return html`<details>
    <summary>
      <b>State ${state}</b><span>${name}</span
      ><span
        >${counts.certified} of ${counts.images} certified
        (${percent(counts.certified / counts.images)}${counts.checked > 0 && html`, ${counts.checked} checked proofs`}),
        ${counts.unknown} open</span
      >
    </summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Images of state ${state}">
      <table class="sortable">
        <caption>
          <span
            >Verdicts of state ${state}. Lower bound: smallest proven margin of the label over any other
            class.${
              rest > 0 && ` The first ${counted(MOST_ROWS, 'image')}; ${count(rest)} more are in images.csv.`
            }</span
          >
        </caption>
        <thead>
          <tr>
            ${HEADERS.map(([header, kind]) => html`<th scope="col" ${kind !== '' && html` class="${kind}"`}>${header}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${shown.map(imageRow)}
        </tbody>
      </table>
    </div>
  </details> `;
}

/** All states that have a table of images; `undefined` where there is none. */
export function imageTables(run: RunData): Html | undefined {
  const states = verifiedStates(run).filter((state) => state.verification.rows.length > 0);
  if (states.length === 0) return undefined;
  return html`<div>${states.map(stateDetails)}</div>`;
}
