/** @file Estimates the width of text without a canvas, so that vega lays out legends and axes closely. */

/** Widths in ems of the common interface fonts, rounded up a little so that text never collides. */
const NARROW_GLYPHS = new Set("iIjl.,:;'|!ft()[] \u202f");
const WIDE_GLYPHS = new Set('mwMW%@—αω');

/** Estimated width in pixels of one line at a font size in pixels. */
export function textWidth(text: string, fontSize: number): number {
  let ems = 0;
  for (const glyph of text) {
    if (NARROW_GLYPHS.has(glyph)) ems += 0.34;
    else if (WIDE_GLYPHS.has(glyph)) ems += 0.9;
    else if (glyph >= 'A' && glyph <= 'Z') ems += 0.68;
    else ems += 0.58;
  }
  return ems * fontSize;
}
