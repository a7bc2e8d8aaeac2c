/** A run directory of somebody else goes through the report: names stay text, nothing ends the process. */
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { visibleLines } from '../../src/formats/visible.ts';
import { writeFixtureRun } from '../../src/report/fixture.testing.ts';
import { writeReport } from '../../src/report/writeReport.ts';

const hostile: readonly string[] = [
  'W'.repeat(300),
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '\u001b]0;title\u0007\u001b[31mred\u0000',
  '=cmd|calc!A0',
  '\u202egnp.exe',
];

it('the report shows hostile names as text', { timeout: 240_000 }, async () => {
  const directory = await writeFixtureRun(mkdtempSync(join(tmpdir(), 'hostile-run-')), { channels: true });
  let next = 0;
  const named = (text: string): string =>
    text.replaceAll(/"(conv\d+|fc\d+|relu\d+|linear\d+)"/g, (_, name: string) =>
      JSON.stringify(`${hostile[next++ % hostile.length]}${name}`),
    );
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => /\.(?:json|jsonl)$/.test(name)))
    writeFileSync(join(directory, file), named(readFileSync(join(directory, file), 'utf8')));
  const config = join(directory, 'config.yaml');
  const text = readFileSync(config, 'utf8').replace(
    /^name: .*$/m,
    `name: ${JSON.stringify(hostile.join(' '))}`,
  );
  writeFileSync(config, text);
  expect(next).toBeGreaterThan(10);
  const { page, files: written } = await writeReport([directory]);
  const html = readFileSync(page, 'utf8');
  expect(html).not.toMatch(/<script>alert|<img src=x/);
  expect(html).toContain('&lt;script&gt;alert(1)');
  for (const file of written) {
    if (file.endsWith('.png')) continue;
    const content = readFileSync(file, 'utf8');
    expect(visibleLines(content) === content, file).toBe(true);
    if (file.endsWith('.csv')) expect(content, file).not.toMatch(/(?:^|,)[=@]/m);
    if (file.endsWith('.svg')) expect(content, file).not.toMatch(/<script|onerror=alert\(1\)>\s*</);
  }
});
