/** @file The table of counts in docs/exam.md. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Size } from './family.ts';
import type { FamilyResult } from './sit.ts';

const page = new URL('../../docs/exam.md', import.meta.url);
const begin = '<!-- counts: written by `npm run exam -- --page` -->';
const end = '<!-- end of counts -->';

/** The counts as a Markdown table, a row a family, the sum last. */
export function countsTable(results: readonly FamilyResult[], size: Size): string {
  const rows = results.map(({ family: { name, asks, truth }, counts, seconds }) =>
    [name, asks, truth, counts.right, counts.wrong, counts.open, counts.refused, seconds.toFixed(0)].join(
      ' | ',
    ),
  );
  const total = (['right', 'wrong', 'open', 'refused'] as const).map((outcome) =>
    results.reduce((sum, { counts }) => sum + counts[outcome], 0),
  );
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  return [
    `${size === 'full' ? 'Full' : 'Small'} exam of ${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores.`,
    '',
    '| family | what is asked | how the truth is known | right | wrong | open | refused | s |',
    '| --- | --- | --- | --: | --: | --: | --: | --: |',
    ...rows.map((row) => `| ${row} |`),
    `| all | | | ${total.join(' | ')} | ${seconds.toFixed(0)} |`,
  ].join('\n');
}

/** Writes the counts between the page's two marks. */
export async function writePage(results: readonly FamilyResult[], size: Size): Promise<void> {
  const text = await readFile(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/exam.md lacks the marks ${begin} … ${end}`);
  await writeFile(
    page,
    `${text.slice(0, from + begin.length)}\n\n${countsTable(results, size)}\n\n${text.slice(to)}`,
  );
}
