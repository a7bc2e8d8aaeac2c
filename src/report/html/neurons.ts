/** @file The page of checkpoints from elsewhere: a table of their neurons' measures, and the charts. */
import { ABSENT, percent, remaining, significant } from '../format.ts';
import type { NeuronRecord } from '../../run/records.ts';
import { meanOverNeurons } from '../runData.ts';
import { figure, type DrawnChart } from './figure.ts';
import { html } from './html.ts';
import { documentOf } from './page.ts';

/** A checkpoint whose neurons were measured. */
export interface MeasuredCheckpoint {
  /** Its file. */
  readonly name: string;
  /** Share of weights that are not 0. */
  readonly remainRatio: number;
  readonly record: NeuronRecord;
}

/** What stands at the head of the page. */
export interface NeuronReport {
  readonly title: string;
  /** A sentence on network, images and radius. */
  readonly lead: string;
  readonly checkpoints: readonly MeasuredCheckpoint[];
  /** Checkpoints that could not be measured, and why. */
  readonly failures: readonly string[];
}

const MEASURES: readonly [string, Parameters<typeof meanOverNeurons>[1], (value: number) => string][] = [
  ['Unstable', 'unstable', percent],
  ['NRS loss', 'nrsLoss', (value) => value.toFixed(3).replace('-', '−')],
  ['Interval width', 'width', significant],
  ['Bound product', 'boundProduct', significant],
  ['Sensitivity', 'sensitivity', significant],
];

/** The whole page. */
export function neuronsPage(
  { title, lead, checkpoints, failures }: NeuronReport,
  charts: readonly DrawnChart[],
  now: Date,
): string {
  const files = ['neurons.csv', ...charts.flatMap((chart) => chart.files)];
  const body = html`<header class="top">
      <p class="eyebrow">certprune neurons</p>
      <h1>${title}</h1>
      <p class="lead">${lead}</p>
    </header>
    <main>
      <h2>Checkpoints</h2>
      <div class="scroll" tabindex="0" role="region" aria-label="Checkpoints">
        <table class="sortable states">
          <caption>
            <span
              >Means over all ReLU neurons and images, bounds by intervals. Charts name a checkpoint by its
              number here. Remaining: weights of the convolutions (of all layers where there are none) that
              are not 0.</span
            >
          </caption>
          <thead>
            <tr>
              <th scope="col">Number</th>
              <th scope="col" class="word">Checkpoint</th>
              <th scope="col">Remaining</th>
              <th scope="col">Images</th>
              ${MEASURES.map(([header]) => html`<th scope="col">${header}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${checkpoints.map(
              ({ name, remainRatio, record }, state) =>
                html`<tr>
                  <td data-value="${state}">${state}</td>
                  <th scope="row" class="word wrap">${name}</th>
                  <td data-value="${remainRatio}">${remaining(remainRatio)}</td>
                  <td data-value="${record.images}">${record.images}</td>
                  ${MEASURES.map(([, measure, word]) => {
                    const value = meanOverNeurons(record.layers, measure);
                    return html`<td data-value="${value ?? ''}">
                      ${value === undefined ? ABSENT : word(value)}
                    </td>`;
                  })}
                </tr> `,
            )}
          </tbody>
        </table>
      </div>
      ${
        failures.length > 0 &&
        html`<p>Not measured:</p>
          <ul>
            ${failures.map((line) => html`<li>${line}</li>`)}
          </ul>`
      }
      <h2>Neurons and bounds</h2>
      <div class="figures">${charts.map((chart) => figure(chart))}</div>
      <h2>Files</h2>
      <ul class="list">
        ${files.map((file) => html`<li><a href="${encodeURIComponent(file)}">${file}</a></li>`)}
      </ul>
    </main>`;
  return documentOf(`${title} – certprune neurons`, lead, body, now);
}
