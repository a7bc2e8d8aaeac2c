/** @file The table that compares runs: dense and best sparse state of each. */

import { compareRuns } from '../comparison.ts';
import type { ComparedRun } from '../comparison.ts';
import { pruningMethod, runEpsilon, trainingMethod } from '../facts.ts';
import { certifiedShare } from '../findings.ts';
import { ABSENT, percent, remaining, significant } from '../format.ts';
import type { VerifiedState } from '../runData.ts';
import { html } from './html.ts';
import type { Html } from './html.ts';
import type { RunPart } from './run.ts';

type Measure = 'standard' | 'pgd' | 'certified';

const MEASURES: readonly [string, Measure][] = [
  ['Standard', 'standard'],
  ['PGD', 'pgd'],
  ['Certified', 'certified'],
];

function share(state: VerifiedState | undefined, measure: Measure): number | undefined {
  return state && state.verification.counts[measure] / state.verification.counts.images;
}

/** A difference of shares in percentage points, signed. */
function points(from: number | undefined, to: number | undefined): string {
  if (from === undefined || to === undefined) return '';
  const difference = (to - from) * 100;
  return `${difference > 0 ? '+' : difference < 0 ? '−' : '±'}${Math.abs(difference).toFixed(1)}`;
}

function row({ run, dense, best, tickets }: ComparedRun, anchor: string): Html {
  return html`<tr>
    <th scope="row" class="word"><a href="#${anchor}run">${run.name}</a></th>
    <td class="word">${trainingMethod(run) ?? ABSENT}</td>
    <td class="word">${pruningMethod(run) ?? ABSENT}</td>
    <td data-value="${runEpsilon(run) ?? ''}">${significant(runEpsilon(run), 4)}</td>
    <td>${run.environment.seed}</td>
    <td data-value="${dense ? certifiedShare(dense.verification) : ''}">
      ${percent(share(dense, 'certified'))}
    </td>
    <td data-value="${best?.remainRatio ?? ''}">${remaining(best?.remainRatio)}</td>
    ${MEASURES.map(([, measure]) => {
      const value = share(best, measure);
      return html`<td data-value="${value ?? ''}">
        ${percent(value)}<small>${points(share(dense, measure), value)}</small>
      </td>`;
    })}
    <td>${tickets}</td>
  </tr> `;
}

/** The table and the files of the comparison. */
export function comparisonSection(parts: readonly RunPart[], tables: readonly string[]): Html {
  const compared = compareRuns(parts.map(({ run }) => run));
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Comparison of runs">
      <table class="sortable states">
        <caption>
          <span
            >Each run’s sparse state with the highest certified accuracy; below each share, its difference to
            the run’s dense state in percentage points.</span
          >
        </caption>
        <thead>
          <tr>
            <th scope="col" class="word">Run</th>
            <th scope="col" class="word">Training</th>
            <th scope="col" class="word">Pruning</th>
            <th scope="col">ε</th>
            <th scope="col">Seed</th>
            <th scope="col">Dense certified</th>
            <th scope="col">Best sparse</th>
            ${MEASURES.map(([header]) => html`<th scope="col">${header}</th>`)}
            <th scope="col">Tickets</th>
          </tr>
        </thead>
        <tbody>
          ${compared.map((one, at) => row(one, parts[at].anchor))}
        </tbody>
      </table>
    </div>
    <p class="files">${tables.map((file) => html`<a href="${encodeURIComponent(file)}">${file}</a>`)}</p> `;
}
