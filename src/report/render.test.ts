import { describe, expect, it } from 'vitest';
import { findFontFiles } from './fonts.ts';
import { onPaper, renderPng, renderSvg } from './render.ts';
import { STROKES } from './strokeGlyphs.ts';
import { strokeText } from './strokeText.ts';

const TEXT =
  '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><text transform="translate(60,24)" text-anchor="middle" font-size="16px" fill="#000000">α 34.3 %</text></svg>';
const EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"></svg>';

describe('renderPng', () => {
  it('shows text with whatever fonts this machine has', async () => {
    const blank = await renderPng(EMPTY);
    expect((await renderPng(TEXT)).length).toBeGreaterThan(blank.length * 1.5);
  });

  it('shows text on a machine without fonts', async () => {
    const blank = await renderPng(EMPTY, []);
    expect((await renderPng(TEXT, [])).length).toBeGreaterThan(blank.length * 1.5);
  });

  it('finds no font where there is none', () => {
    expect(findFontFiles(['/nonexistent'])).toEqual([]);
  });
});

describe('renderSvg', () => {
  it('draws at the width asked for and puts the picture on paper', async () => {
    const spec = {
      width: 300,
      height: 100,
      autosize: { type: 'fit-x', contains: 'padding' },
      data: { values: [{ x: 1, y: 2 }] },
      mark: 'point',
      encoding: { x: { field: 'x', type: 'quantitative' }, y: { field: 'y', type: 'quantitative' } },
    };
    const svg = await renderSvg(spec, 'A title');
    expect(svg).toMatch(/^<svg [^>]*width="300"/);
    expect(svg).toContain('A title');
    expect(onPaper(svg)).toMatch(/^<svg [^>]*><rect width="100%" height="100%" fill="#ffffff"\/>/);
  });
});

describe('strokeText', () => {
  it('replaces text by a path in its place and colour', () => {
    const svg = strokeText(TEXT);
    expect(svg).not.toContain('<text');
    expect(svg).toContain('stroke="#000000"');
    expect(svg).toContain('translate(60,24) scale(1.6,-1.6)');
  });

  it('knows all printable ASCII letters and digits, on its grid', () => {
    for (const glyph of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.,:%()+-−–/αβε') {
      expect(STROKES[glyph], glyph).toBeDefined();
    }
    for (const strokes of Object.values(STROKES)) expect(strokes).toMatch(/^(?:(?:\d\d){2,} ?)+$/);
  });
});
