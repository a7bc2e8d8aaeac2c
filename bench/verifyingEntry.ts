/** @file The verifying process as users have it: the built one, where it is as new as the sources. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const built = new URL('../dist/verify/files/processMain.js', import.meta.url);
const sources = new URL('../src/verify/files/processMain.ts', import.meta.url);

/** When the youngest source was written, tests left out. */
function youngestSource(): number {
  const root = fileURLToPath(new URL('../src/', import.meta.url));
  let youngest = 0;
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }))
    if (/(?<!\.test|\.testing)\.ts$/.test(name))
      youngest = Math.max(youngest, statSync(`${root}/${name}`).mtimeMs);
  return youngest;
}

/** True where `npm run build` came after the last change. */
export const isBuilt = (): boolean => existsSync(built) && statSync(built).mtimeMs >= youngestSource();

/** TypeScript costs a process some 60 MB and half a second for the loader: the built one is taken where it can be. */
export const builtEntry = (): URL => (isBuilt() ? built : sources);
