import { describe, expect, it } from 'vitest';
import { renderPng, renderSvg, standingAlone } from './render.ts';
import { outlined, textWidth } from './text.ts';

const TEXT =
  '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><text transform="translate(60,24)" text-anchor="middle" font-size="16px" fill="#000000">α 34.3 %</text></svg>';
const EMPTY = '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"></svg>';

describe('outlined', () => {
  it('draws text without any font, in its place and colour', async () => {
    const svg = outlined(TEXT);
    expect(svg).not.toContain('<text');
    expect(svg).toMatch(/<path aria-label="α 34.3 %" transform="translate\(60,24\)" fill="#000000" d="M-/);
    expect(outlined('<text>a" onload="x &amp; y</text>')).toContain(
      'aria-label="a&quot; onload=&quot;x &amp; y"',
    );
    expect((await renderPng(svg)).length).toBeGreaterThan((await renderPng(EMPTY)).length * 1.5);
  });

  it('has a glyph for everything that charts write, and an empty box for the rest', () => {
    const pathOf = (text: string): string => / d="([^"]*)"/.exec(outlined(`<text>${text}</text>`))![1];
    const missing = pathOf('中');
    expect(missing).not.toBe('');
    for (const sign of 'Aa0.,:%()+-−–/αβγεω∂ᵖ±×·≤≥…’⁻⁰¹²³⁴⁵⁶⁷⁸⁹')
      expect(pathOf(sign), sign).not.toBe(missing);
    expect(textWidth('Wide', 12, true)).toBeGreaterThan(textWidth('Wide', 12));
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
    const svg = await renderSvg(spec);
    expect(svg).toMatch(/^<svg [^>]*width="300"/);
    const alone = standingAlone(svg, 'A < title');
    expect(alone).toContain('aria-label="A &lt; title"');
    expect(alone).toMatch(/^<svg [^>]*><rect y="-30" width="100%" height="100%" fill="#ffffff"\/>/);
  });
});
