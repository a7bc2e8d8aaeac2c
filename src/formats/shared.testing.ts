/** @file Where tests find the third-party reference data, which is never part of the project. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Path of a reference file, from `CERTPRUNE_SHARED` or `../shared` beside the project.
 * @returns undefined where the data is absent; the test then skips and says so.
 */
export function sharedPath(name: string): string | undefined {
  const root = process.env['CERTPRUNE_SHARED'] ?? resolve(projectRoot, '../shared');
  const path = join(root, name);
  if (existsSync(path)) return path;
  console.warn(`reference data ${name} is absent: test skipped`);
  return undefined;
}
