/** @file Draws a chart: vega-lite specification → SVG text → PNG bytes. Loads its libraries on first use. */
import type { TopLevelSpec } from 'vega-lite';
import type { Spec } from './charts/chart.ts';
import { CHART_CONFIG } from './charts/look.ts';
import { escapeHtml } from './html/html.ts';
import { isBold, outlined, textWidth } from './text.ts';
import { PAPER } from './theme.ts';

type Vega = typeof import('vega');
type VegaLite = typeof import('vega-lite');
type ResvgModule = typeof import('@resvg/resvg-js');

let drawing: Promise<{ vega: Vega; vegaLite: VegaLite }> | undefined;

/** Vega takes a third of a second to load: commands that draw nothing never pay for it. */
function loadDrawing(): Promise<{ vega: Vega; vegaLite: VegaLite }> {
  drawing ??= (async () => {
    const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
    measureByFont(vega);
    return { vega, vegaLite };
  })();
  return drawing;
}

interface TextItem {
  readonly text?: unknown;
  readonly fontSize?: number;
  readonly fontWeight?: unknown;
}

/** Without a canvas, vega takes every glyph for 0.8 em wide, and legends sprawl. */
function measureByFont(vega: Vega): void {
  const { textMetrics } = vega as unknown as {
    textMetrics: { width: (item: TextItem, text?: unknown) => number };
  };
  textMetrics.width = (item, text) =>
    textWidth(String(text ?? item.text ?? ''), item.fontSize ?? 11, isBold(item.fontWeight));
}

/**
 * Draws a specification as SVG text with a `viewBox`.
 * @param spec a vega-lite specification without `config`
 */
export async function renderSvg(spec: Spec): Promise<string> {
  const { vega, vegaLite } = await loadDrawing();
  const whole = { ...spec, config: CHART_CONFIG } as unknown as TopLevelSpec;
  const compiled = vegaLite.compile(whole, { logger: vega.logger(vega.Error) }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** Pixels above a chart that its title takes. */
const TITLE = 30;

/** Makes a picture that stands alone: with a title, on paper, as viewers of SVG files differ in theirs, and with its own letters. */
export function standingAlone(svg: string, title: string): string {
  const text = `<text transform="translate(4,-11)" font-size="15px" font-weight="600" fill="${PAPER.ink.light}">${escapeHtml(title)}</text>`;
  return outlined(
    svg.replace(
      /height="([\d.]+)" viewBox="0 0 ([\d.]+) [\d.]+">/,
      (_, height: string, width: string) =>
        `height="${Number(height) + TITLE}" viewBox="0 ${-TITLE} ${width} ${Number(height) + TITLE}">` +
        `<rect y="${-TITLE}" width="100%" height="100%" fill="${PAPER.panel.light}"/>${text}`,
    ),
  );
}

/** Pixels along a side and in all: the drawing library ends the process where it cannot have a picture's memory. */
const most = { side: 16_384, pixels: 2 ** 25 } as const;

/** The zoom asked for, or less where the picture would be too large. */
function zoomOf(svg: string, asked: number): number {
  const [width, height] = ['width', 'height'].map((side) =>
    Number(new RegExp(`^<svg[^>]* ${side}="([\\d.]+)"`).exec(svg)?.[1] ?? 1),
  );
  return Math.min(asked, most.side / Math.max(width, height), Math.sqrt(most.pixels / (width * height)));
}

/** Draws a picture that stands alone as PNG, by default at twice its size. */
export async function renderPng(svg: string, zoom = 2): Promise<Uint8Array> {
  const { Resvg }: ResvgModule = await import('@resvg/resvg-js');
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoomOf(svg, zoom) },
    font: { loadSystemFonts: false },
  });
  return image.render().asPng();
}
