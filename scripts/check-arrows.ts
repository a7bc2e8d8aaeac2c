/** @file Prints every broken arrow of src/ and fails if there is one. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findViolations } from './arrows.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

const files = new Map<string, string>();
for (const entry of readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
  const path = join(entry.parentPath, entry.name);
  files.set(relative(root, path).split(sep).join('/'), readFileSync(path, 'utf8'));
}

const violations = findViolations(files);
for (const { file, line, message } of violations) console.log(`${file}:${line}: ${message}`);
console.log(`${files.size} files, ${violations.length} broken arrows`);
if (violations.length > 0) process.exitCode = 1;
