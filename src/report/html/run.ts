/** @file The part of the page that shows one run: finding, facts, charts, tables, configuration. */
import { shellWord } from '../../formats/shellWord.ts';
import { describeRun, keyFacts, reproduceCommand, type Fact } from '../facts.ts';
import type { Findings } from '../findings.ts';
import { moment } from '../format.ts';
import { grouped } from '../levels.ts';
import type { RunData } from '../runData.ts';
import { figure, type DrawnChart } from './figure.ts';
import { escapeHtml, html, markup, type Html } from './html.ts';
import { imageTables } from './imageTables.ts';
import { stateTable } from './stateTable.ts';

/** Everything one run's part needs. */
export interface RunPart {
  readonly run: RunData;
  readonly findings: Findings;
  readonly charts: readonly DrawnChart[];
  /** Files beside the page: tables of the run. */
  readonly tables: readonly string[];
  /** Prefix of anchors, empty where the page shows one run only. */
  readonly anchor: string;
  /** `false`: charts and images are left to the run's own report. */
  readonly whole: boolean;
}

type Level = 2 | 3;

function heading(level: Level, text: string, id: string): Html {
  return markup(`<h${level} id="${escapeHtml(id)}">${escapeHtml(text)}</h${level}>\n`);
}

function factList(facts: readonly Fact[]): Html {
  return html`<dl class="facts">
    ${facts.map(
      ({ label, value }) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div> `,
    )}
  </dl> `;
}

/** The lead sentence of a run. */
export function runLead(run: RunData): Html {
  return html`<p class="lead">${describeRun(run)}</p>`;
}

/** The headline finding with its remarks, and what is to be said of the files. */
export function runFinding({ run, findings }: RunPart): Html {
  return html`<div class="finding">
      <p class="headline">${findings.headline}</p>
      ${
        findings.remarks.length > 0 &&
        html`<ul>
          ${findings.remarks.map((remark) => html`<li>${remark}</li>`)}
        </ul>`
      }
    </div>
    ${run.notices.length > 0 && html`<div class="notice" role="note">${run.notices.map((notice) => html`<p>${notice}</p>`)}</div>`}
    ${factList(keyFacts(run))}`;
}

function fileLink(file: string): Html {
  return html`<li><a href="${encodeURIComponent(file)}">${file}</a></li>`;
}

/** Charts by section, each with its heading. */
function chartSections(charts: readonly DrawnChart[], level: 'h3' | 'h4', anchor: string): Html {
  const sections = grouped(charts, ({ chart }) => chart.section ?? '');
  const below = level === 'h3' ? 'h4' : 'h5';
  return html`${[...sections].map(
    ([name, own], at) =>
      html`${name !== '' && markup(`<${level} class="part" id="${escapeHtml(`${anchor}charts-${at + 1}`)}">${escapeHtml(name)}</${level}>`)}
        <div class="figures">${own.map((chart) => figure(chart, below))}</div> `,
  )}`;
}

/** The sections of a run below its finding. */
export function runSections(part: RunPart, level: Level): Html {
  const { run, charts, tables, anchor } = part;
  const images = part.whole ? imageTables(run) : undefined;
  const below = level === 2 ? 'h3' : 'h4';
  const files = [...tables, ...charts.flatMap((chart) => chart.files)];
  return html`${
      charts.length > 0 &&
      html`${heading(level, 'Charts', `${anchor}charts`)} ${chartSections(charts, below, anchor)} `
    }${
      !part.whole &&
      html`<p class="lead">
        Charts and images of this run are in its own report:
        <code>certprune report ${shellWord(run.name)}</code>.
      </p> `
    }${run.states.length > 0 && html`${heading(level, 'States', `${anchor}states`)}${stateTable(run, part.findings)}`}${
      images &&
      html`<section class="screen">${heading(level, 'Images', `${anchor}images`)}${images}</section>`
    }${heading(level, 'Configuration and environment', `${anchor}configuration`)}
    <p>To repeat the run:</p>
    <pre tabindex="0">${reproduceCommand(run)}</pre>
    <p></p>
    <details class="printed">
      <summary><b>config.yaml</b><span>the resolved configuration</span></summary>
      <pre tabindex="0">${run.configText}</pre>
    </details>
    <details class="screen">
      <summary><b>environment.json</b><span>versions, machine, data and kernel choices</span></summary>
      <pre tabindex="0">${JSON.stringify(run.environment, null, 2)}</pre>
    </details>
    ${
      run.notes.length > 0 &&
      html`<details>
        <summary><b>Notes</b><span>what happened on the way</span></summary>
        <pre tabindex="0">${run.notes.map((note) => `${moment(note.time)}  ${note.message}`).join('\n')}</pre>
      </details> `
    }
    <section class="screen">
      ${heading(level, 'Files', `${anchor}files`)}
      <ul class="list">
        ${files.map(fileLink)}
      </ul>
    </section> `;
}

/** Links to the sections of a run, for the head of a page that shows one run. */
export function runNavigation({ run, charts }: RunPart): Html {
  const verified = run.states.some((state) => (state.verification?.rows.length ?? 0) > 0);
  const links: readonly [string, string, boolean][] = [
    ['Charts', 'charts', charts.length > 0],
    ['States', 'states', run.states.length > 0],
    ['Images', 'images', verified],
    ['Configuration', 'configuration', true],
    ['Files', 'files', true],
  ];
  return html`<nav aria-label="Sections">
    ${links.map(([text, id, there]) => there && html`<a href="#${id}">${text}</a>`)}
  </nav>`;
}
