/** @file Draws the gallery of charts, docs/gallery.md and its pictures, from invented runs: `npm run gallery`. */

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { galleryCharts, galleryWidth, specificationMark } from '../src/report/gallery.testing.ts';
import { renderPng, renderSvg, standingAlone } from '../src/report/render.ts';

const docs = fileURLToPath(new URL('../docs', import.meta.url));
const pictures = join(docs, 'images', 'gallery');
rmSync(pictures, { recursive: true, force: true });
mkdirSync(pictures, { recursive: true });

const parts = [
  '# Charts of the report\n\nEvery chart that reports hold, drawn from invented runs by `npm run gallery`. A test compares the marks behind\nthe names with the specifications of today.\n',
];
let section = '';
for (const chart of await galleryCharts()) {
  const own = chart.section ?? 'Comparison of runs';
  if (own !== section) parts.push(`## ${own}\n`);
  section = own;
  const svg = standingAlone(await renderSvg(chart.spec(galleryWidth(chart))), chart.title);
  writeFileSync(join(pictures, `${chart.name}.png`), await renderPng(svg, 1));
  parts.push(
    `### ${chart.name}\n\n<!-- ${specificationMark(chart)} -->\n\n![${chart.title}](images/gallery/${chart.name}.png)\n\n${chart.caption}\n`,
  );
}
writeFileSync(join(docs, 'gallery.md'), parts.join('\n'));
