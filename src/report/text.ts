/** @file The text of charts in a font that is always at hand: widths for the layout, outlines for pictures that stand alone. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Font } from 'opentype.js';
import { escapeHtml } from './html/html.ts';

const require = createRequire(import.meta.url);
const fonts = new Map<boolean, Font>();

/** DejaVu Sans: Latin, Greek and the signs of mathematics in one file. Read on first use. */
function fontOf(bold: boolean): Font {
  let font = fonts.get(bold);
  if (font === undefined) {
    const { parse } = require('opentype.js') as typeof import('opentype.js');
    const weight = bold ? 700 : 400;
    const file = readFileSync(
      require.resolve(`@fontsource/dejavu-sans/files/dejavu-sans-latin-${weight}-normal.woff`),
    );
    font = parse(new Uint8Array(file).buffer);
    fonts.set(bold, font);
  }
  return font;
}

/** Width in pixels of one line at a font size in pixels. */
export function textWidth(text: string, fontSize: number, bold = false): number {
  const font = fontOf(bold);
  let units = 0;
  for (const sign of text) units += font.charToGlyph(sign).advanceWidth ?? 0;
  return (units / font.unitsPerEm) * fontSize;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** Whether a `font-weight` is nearer to the bold face than to the regular one. */
export const isBold = (weight: unknown): boolean => /^(?:bold|[6-9]00)$/.test(String(weight));

/** The outlines of one line of text along the baseline from x = `start`, as SVG path data. */
function outline(text: string, start: number, fontSize: number, bold: boolean): string {
  let x = start;
  return [...text]
    .flatMap((sign) => {
      const { commands } = fontOf(bold).charToGlyph(sign).getPath(x, 0, fontSize);
      x += textWidth(sign, fontSize, bold);
      return commands.map(({ type, ...points }) => {
        const { x1, y1, x2, y2, x: endX, y: endY } = points as Readonly<Record<string, number | undefined>>;
        const numbers = [x1, y1, x2, y2, endX, endY].filter((number) => number !== undefined);
        return `${type}${numbers.map((number) => String(Math.round(number * 100) / 100)).join(' ')}`;
      });
    })
    .join('');
}

/** Replaces every `<text>` of a drawing by its outlines, so that the picture looks the same on every machine. */
export function outlined(svg: string): string {
  return svg.replace(/<text([^>]*)>([^<]*)<\/text>/g, (_, attributes: string, content: string) => {
    const value = (name: string): string | undefined =>
      new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
    const text = content.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]);
    const size = Number.parseFloat(value('font-size') ?? '11');
    const bold = isBold(value('font-weight'));
    const before = { middle: 0.5, end: 1 }[value('text-anchor') ?? ''] ?? 0;
    const kept = ['transform', 'fill', 'opacity'].flatMap((name) =>
      value(name) === undefined ? [] : [`${name}="${value(name)}"`],
    );
    const path = outline(text, -before * textWidth(text, size, bold), size, bold);
    return `<path aria-label="${escapeHtml(text)}" ${kept.join(' ')} d="${path}"/>`;
  });
}
