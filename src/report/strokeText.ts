/** @file Turns the text of an SVG into strokes, so that it shows where no font can be found. */

import { MISSING_STROKES, STROKES } from './strokeGlyphs.ts';

/** Units of the stroke grid to one em. */
const UNITS_PER_EM = 10;
/** Space after a glyph, and the width of a blank, in grid units. */
const GAP = 2;
const BLANK = 3;
const BASELINE = 2;

const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};

/** The path of one line of text from x = 0 along the baseline, y upwards, and its width; both in grid units. */
function pathOf(text: string): { path: string; width: number } {
  let path = '';
  let x = 0;
  for (const glyph of text) {
    if (/\s/.test(glyph)) {
      x += BLANK;
      continue;
    }
    let widest = 0;
    for (const stroke of (STROKES[glyph] ?? MISSING_STROKES).split(' ')) {
      for (let at = 0; at < stroke.length; at += 2) {
        const px = Number(stroke[at]);
        widest = Math.max(widest, px);
        path += `${at === 0 ? 'M' : 'L'}${x + px} ${Number(stroke[at + 1]) - BASELINE}`;
      }
    }
    x += widest + GAP;
  }
  return { path, width: Math.max(0, x - GAP) };
}

function attribute(attributes: string, name: string): string | undefined {
  return new RegExp(`(?:^|\\s)${name}="([^"]*)"`).exec(attributes)?.[1];
}

/** Replaces every `<text>` that holds a single run of characters by a stroked path in the same place. */
export function strokeText(svg: string): string {
  return svg.replace(/<text([^>]*)>([^<]*)<\/text>/g, (_, attributes: string, content: string) => {
    const text = content.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity]);
    const { path, width } = pathOf(text);
    if (path === '') return '';
    const scale = Number.parseFloat(attribute(attributes, 'font-size') ?? '11') / UNITS_PER_EM;
    const anchor = attribute(attributes, 'text-anchor');
    const start = anchor === 'middle' ? -width / 2 : anchor === 'end' ? -width : 0;
    const bold = /^(?:bold|[6-9]00)$/.test(attribute(attributes, 'font-weight') ?? '');
    const place = attribute(attributes, 'transform') ?? '';
    const opacity = attribute(attributes, 'opacity') ?? '1';
    return (
      `<path d="${path}" transform="${place} scale(${scale},${-scale}) translate(${start},0)" fill="none" ` +
      `stroke="${attribute(attributes, 'fill') ?? '#000000'}" stroke-width="${bold ? 1.3 : 0.95}" opacity="${opacity}" ` +
      'stroke-linecap="round" stroke-linejoin="round"/>'
    );
  });
}
