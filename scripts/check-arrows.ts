/** @file Prints every broken arrow of src/ and fails if there is one; draws the arrows of docs/architecture.md (`--write`). */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findViolations, roomChart } from './arrows.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const files = new Map<string, string>();
for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
  const path = join(entry.parentPath, entry.name);
  files.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'));
}

const violations = findViolations(files);
const page = join(root, 'docs/architecture.md');
const text = readFileSync(page, 'utf8');
const drawn = text.replace(/```mermaid\nflowchart TD\n[^`]*```/, roomChart(files));
if (process.argv.includes('--write')) writeFileSync(page, drawn);
else if (drawn !== text)
  violations.push({
    file: 'docs/architecture.md',
    line: 1,
    message: 'its arrows are not those of the code: npm run arrows -- --write draws them',
  });
for (const { file, line, message } of violations) console.log(`${file}:${line}: ${message}`);
console.log(`${files.size} files, ${violations.length} broken arrows`);
if (violations.length > 0) process.exitCode = 1;
