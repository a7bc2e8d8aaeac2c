/** @file Where a worker's code is, in TypeScript during development and in JavaScript once built. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * The file of a worker beside the caller.
 * @param callerUrl the caller's `import.meta.url`
 * @param file as written in the sources, e.g. `./verifyWorker.ts`
 */
export function workerEntry(callerUrl: string, file: string): URL {
  return new URL(callerUrl.endsWith('.ts') ? file : file.replace(/\.ts$/, '.js'), callerUrl);
}

/**
 * What to start a worker with. Where Node does not read TypeScript by itself (before 22.18), a first module that
 * installs a loader and then imports the entry stands in for it.
 */
export function startableEntry(entry: URL): URL {
  if (!entry.pathname.endsWith('.ts') || readsTypeScript()) return entry;
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const loader = new URL('./dist/esm/api/index.mjs', tsx).href;
  const code = `import { register } from ${JSON.stringify(loader)}; register(); await import(${JSON.stringify(entry.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

function readsTypeScript(): boolean {
  return (process.features as { typescript?: string | false }).typescript === 'strip';
}
