/** @file A chart on the page: title, drawing for desk and phone, caption, links to its files. */
import type { Chart } from '../charts/chart.ts';
import { escapeHtml, html, markup, type Html } from './html.ts';

/** A chart with its drawings as SVG text and the names of its files beside the page. */
export interface DrawnChart {
  readonly chart: Chart;
  readonly desk: string;
  readonly phone: string;
  readonly files: readonly string[];
  /** Drawings of the chart's frames, where it has any; they stand in place of the others. */
  readonly frames?: readonly { readonly label: string; readonly alt: string; readonly svg: string }[];
}

/** Gives the drawing a name for readers who cannot see it, and leaves its size to the page. */
function inlined(svg: string, className: string, alt: string): Html {
  const opening = `<svg class="${className}" role="img" aria-label="${escapeHtml(alt)}"`;
  return markup(
    svg
      .replace(
        /^<svg xmlns="[^"]*" xmlns:xlink="[^"]*" version="1.1" class="marks" width="[^"]*" height="[^"]*"/,
        opening,
      )
      // Coordinates, not what is written in the picture or told of its marks.
      .replace(/ (?:d|transform|x|y|x1|x2|y1|y2|width|height)="[^"]*"/g, (attribute) =>
        attribute.replace(/(-?\d+\.\d{2})\d+/g, '$1'),
      ),
  );
}

/** Frames beside each other; the page's script turns them into a player, paper keeps them as they are. */
function frameList(frames: NonNullable<DrawnChart['frames']>): Html {
  return html`<div class="frames">
    ${frames.map(
      ({ label, alt, svg }) =>
        html`<div class="frame">
          <p>${label}</p>
          ${inlined(svg, 'still', alt)}
        </div> `,
    )}
  </div>`;
}

/** The figure of a drawn chart; `heading` is the element of its title. */
export function figure(
  { chart, desk, phone, files, frames }: DrawnChart,
  heading: 'h3' | 'h4' | 'h5' = 'h3',
): Html {
  const title = markup(`<${heading}>${escapeHtml(chart.title)}</${heading}>`);
  return html`<figure
    class="${chart.wide ? 'wide' : 'half'}${frames ? ' framed' : ''}"
    data-chart="${chart.name}"
  >
    <figcaption>
      ${title}
      <p>${chart.caption}</p>
    </figcaption>
    <div class="drawing">
      ${frames ? frameList(frames) : html`${inlined(desk, 'desk', chart.alt)}${inlined(phone, 'phone', chart.alt)}`}
    </div>
    <p class="files">
      ${files.map((file) => html`<a href="${encodeURIComponent(file)}">${file.split('.').at(-1)!.toUpperCase()}</a>`)}
    </p>
  </figure> `;
}
