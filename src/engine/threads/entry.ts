/** @file Where the code of a thread or process is, in TypeScript during development and in JavaScript once built. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * The file of a process beside the caller.
 * @param callerUrl the caller's `import.meta.url`
 * @param file as written in the sources, e.g. `./processMain.ts`
 */
export const entryBeside = (callerUrl: string, file: string): URL =>
  compiledOf(new URL(callerUrl.endsWith('.ts') ? file : file.replace(/\.ts$/, '.js'), callerUrl));

/**
 * The compiled file of a source in TypeScript, where `CERTPRUNE_COMPILED` says that `dist` is up to date, as the tests do
 * that have just built it: a process or thread that reads TypeScript takes a second longer to start.
 */
export function compiledOf(source: URL): URL {
  const folder = new URL('../../', import.meta.url).href;
  if (!process.env['CERTPRUNE_COMPILED'] || !source.href.endsWith('.ts')) return source;
  if (!source.href.startsWith(folder)) return source;
  const compiled = new URL(`../dist/${source.href.slice(folder.length, -2)}js`, folder);
  return existsSync(compiled) ? compiled : source;
}

/** Node before 22.18 does not read TypeScript by itself. */
const needsLoader = (entry: URL): boolean =>
  entry.pathname.endsWith('.ts') && (process.features as { typescript?: unknown }).typescript !== 'strip';

const loader = (file: string): URL =>
  pathToFileURL(createRequire(import.meta.url).resolve(`tsx/${file}`.replace(/\/$/, '')));

/** What to start a thread with: the entry, or a first module that installs a loader and then imports it. */
export function startableEntry(entry: URL): URL {
  if (!needsLoader(entry)) return entry;
  const api = new URL('./dist/esm/api/index.mjs', loader('package.json')).href;
  const code = `import { register } from ${JSON.stringify(api)}; register(); await import(${JSON.stringify(entry.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** Node's options for a process that runs the entry. */
export const loaderOptions = (entry: URL): string[] =>
  needsLoader(entry) ? ['--import', loader('').href] : [];
