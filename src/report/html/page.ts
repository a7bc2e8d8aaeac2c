/** @file The whole page: head, body, style and script in one text that needs nothing beside it. */
import { listed, moment } from '../format.ts';
import { comparisonSection } from './comparison.ts';
import { figure, type DrawnChart } from './figure.ts';
import { html, markup, type Html } from './html.ts';
import { runFinding, runLead, runNavigation, runSections, type RunPart } from './run.ts';
import { PAGE_SCRIPT } from './script.ts';
import { styleSheet } from './style.ts';

/** The comparison of several runs: its chart and its files. */
export interface ComparisonPart {
  readonly charts: readonly DrawnChart[];
  readonly tables: readonly string[];
}

/** A whole page around a body. */
export function documentOf(title: string, description: string, body: Html, now: Date): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="certprune" />
        <meta name="description" content="${description}" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        <style>
          ${markup(styleSheet())}
        </style>
      </head>
      <body>
        ${body}
        <footer class="bottom">
          Written by certprune, ${moment(now.toISOString())}. This page needs no network.
        </footer>
        <div id="tip" role="tooltip" hidden></div>
        <script>
          ${markup(PAGE_SCRIPT)};
        </script>
      </body>
    </html> `.html;
}

/** The page of one run. */
export function runPage(part: RunPart, now: Date): string {
  const { run, findings } = part;
  const body = html`<header class="top">
      <p class="eyebrow">certprune report</p>
      <h1>${run.name}</h1>
      ${runLead(run)} ${runNavigation(part)}
    </header>
    <main>${runFinding(part)} ${runSections(part, 2)}</main>`;
  return documentOf(`${run.name} – certprune report`, findings.headline, body, now);
}

/** The page of several runs: the comparison first, then each run. */
export function comparisonPage(parts: readonly RunPart[], comparison: ComparisonPart, now: Date): string {
  const names = listed(parts.map(({ run }) => run.name));
  const body = html`<header class="top">
      <p class="eyebrow">certprune report</p>
      <h1>${parts.length} runs compared</h1>
      <p class="lead">${names}.</p>
      <nav aria-label="Runs">
        ${parts.map(({ run, anchor }) => html`<a href="#${anchor}run">${run.name}</a>`)}
      </nav>
    </header>
    <main>
      <h2>Comparison</h2>
      ${comparisonSection(parts, comparison.tables)}
      <div class="figures">${comparison.charts.map((chart) => figure(chart))}</div>
      ${parts.map(
        (part) =>
          html`<article>
            <h2 id="${part.anchor}run">${part.run.name}</h2>
            ${runLead(part.run)} ${runFinding(part)} ${runSections(part, 3)}
          </article> `,
      )}
    </main>`;
  return documentOf(`${parts.length} runs compared – certprune report`, `Comparison of ${names}.`, body, now);
}
