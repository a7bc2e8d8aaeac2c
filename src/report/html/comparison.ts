/** @file The table of a study, as papers print it: method × accuracies at the best sparse state, over seeds. */
import { runEpsilon } from '../facts.ts';
import { ABSENT, percent, remaining, shortRadius } from '../format.ts';
import { methodOf, studiesOf, type AccuracyName, type Level, type Spread, type Study } from '../levels.ts';
import { paretoFront } from '../pareto.ts';
import { ticketsOf } from '../tickets.ts';
import { html, type Html } from './html.ts';
import type { RunPart } from './run.ts';

const MEASURES: readonly [string, AccuracyName][] = [
  ['Standard', 'standard'],
  ['PGD', 'pgd'],
  ['Certified', 'certified'],
];

/** Percentage points, signed. */
function points(difference: number): string {
  const value = (difference * 100).toFixed(1);
  const sign = difference > 0 ? '+' : difference < 0 ? '−' : '±';
  return `${sign}${value.replace('-', '')}`;
}

/** A mean with its spread, e.g. `71.0 ± 1.2 %`. */
function spread({ mean, deviation }: Spread): string {
  if (deviation === undefined) return percent(mean);
  return `${(mean * 100).toFixed(1)} ± ${percent(deviation)}`;
}

function interval({ interval: { lower, upper } }: Spread): string {
  return `${(lower * 100).toFixed(0)} – ${percent(upper, 0)}`;
}

function accuracyCell(level: Level | undefined, dense: Level | undefined, name: AccuracyName): Html {
  if (level === undefined) return html`<td>${ABSENT}</td>`;
  const share = level.accuracy[name];
  const delta =
    dense !== undefined &&
    dense !== level &&
    html`<small>Δ ${points(share.mean - dense.accuracy[name].mean)}</small>`;
  return html`<td data-value="${share.mean}">${spread(share)}${delta}<small>${interval(share)}</small></td>`;
}

function runLinks({ runs }: Study, parts: readonly RunPart[]): Html {
  const links = runs.map((run, at) => {
    const { anchor } = parts.find((part) => part.run === run)!;
    return html`${at > 0 && ', '}<a href="#${anchor}run"
        >${at === 0 ? run.name : `seed ${run.environment.seed}`}</a
      >`;
  });
  return html`${links}`;
}

function studyRow(study: Study, parts: readonly RunPart[], front: ReadonlySet<Level>): Html {
  const { dense, best, runs } = study;
  const tickets = ticketsOf(runs);
  const epsilon = runEpsilon(runs[0]);
  const ticket = tickets.find((one) => one.state === best?.state);
  const names = (outright: boolean): string =>
    tickets
      .filter((one) => one.outright === outright)
      .map((one) => remaining(one.remainRatio))
      .join(', ');
  return html`<tr${ticket?.outright ? html` class="ticket"` : ''}>
    <th scope="row" class="word wrap">${methodOf(study)}<small>${runLinks(study, parts)}</small></th>
    <td data-value="${epsilon ?? ''}">${shortRadius(epsilon)}</td>
    <td>${runs.length}<small>${best?.images ?? dense?.images ?? ABSENT} images</small></td>
    ${MEASURES.map(([, name]) => accuracyCell(dense, dense, name))}
    <td data-value="${best ? 1 - best.remainRatio : ''}">${best ? percent(1 - best.remainRatio) : ABSENT}${
      best && front.has(best) && html`<span class="badge plain">Pareto</span>`
    }</td>
    ${MEASURES.map(([, name]) => accuracyCell(best, dense, name))}
    <td class="wrap" data-value="${tickets.filter((one) => one.outright).length}">${names(true) || 'none'}${
      names(false) !== '' && html`<small>within noise: ${names(false)}</small>`
    }</td>
  </tr> `;
}

/** The table and the files of the comparison. */
export function comparisonSection(parts: readonly RunPart[], tables: readonly string[]): Html {
  const studies = studiesOf(parts.map(({ run }) => run));
  const front = paretoFront(studies.flatMap((study) => study.levels));
  const seeds = studies.some((study) => study.runs.length > 1);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Comparison of methods">
      <table class="sortable states study">
        <caption>
          <span
            >Each method’s dense network and its sparse state with the highest certified accuracy. Δ:
            difference to the dense network in percentage points. Below: the 95 % Wilson interval that so many
            images allow.
            ${
              seeds &&
              'Runs that differ in the seed alone are one row: mean ± standard deviation over the seeds. '
            }Pareto:
            no state of any run is at least as sparse and as accurate in both ways, and better in one. States
            that certify no more than a constant answer would are neither best, nor Pareto, nor tickets.
            Tickets: remaining weights of the states that match or beat the dense network in standard and
            certified accuracy (standard on the whole evaluated test set); within noise: fall short by no more
            than ${seeds ? 'the standard deviation of the difference over seeds (one seed: ' : ''}the dense
            network’s interval${seeds ? ')' : ''}.</span
          >
        </caption>
        <thead>
          <tr>
            <th scope="col" class="word">Method</th>
            <th scope="col">ε</th>
            <th scope="col">Seeds</th>
            ${MEASURES.map(([header]) => html`<th scope="col">Dense ${header.replace('Standard', 'standard').replace('Certified', 'certified')}</th>`)}
            <th scope="col">Sparsity of the best</th>
            ${MEASURES.map(([header]) => html`<th scope="col">${header}</th>`)}
            <th scope="col">Tickets</th>
          </tr>
        </thead>
        <tbody>
          ${studies.map((study) => studyRow(study, parts, front))}
        </tbody>
      </table>
    </div>
    <p class="files">${tables.map((file) => html`<a href="${encodeURIComponent(file)}">${file}</a>`)}</p> `;
}
