/** @file Evaluates a user's module, in TypeScript or JavaScript, so that `certprune/plugin` is this very program. */
import { createRequire } from 'node:module';
import { relative, dirname } from 'node:path';
import { UserError } from '../../formats/userError.ts';
import * as api from './api.ts';

/** What a module gives, and the texts that this depends on. */
export interface EvaluatedModule {
  /** Its default export. */
  readonly value: unknown;
  /** Path and text of the module and of every module that it loads by a relative path, in the order of loading. */
  readonly sources: readonly (readonly [path: string, text: string])[];
}

/**
 * Evaluates a module. Types are taken off, not checked; packages are looked for beside the module; the import
 * `certprune/plugin` is answered here, wherever the module lies.
 * @throws UserError where it cannot be read, is not valid, or throws
 */
export function evaluateModule(file: string): EvaluatedModule {
  const { createJiti } = createRequire(import.meta.url)('jiti') as typeof import('jiti');
  const sources: [string, string][] = [];
  const options = {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { 'certprune/plugin': api },
  };
  const plain = createJiti(file, options);
  const jiti = createJiti(file, {
    ...options,
    transform(given) {
      sources.push([given.filename!, given.source]);
      return { code: plain.transform(given) };
    },
  });
  try {
    const { default: value } = jiti(file) as { default?: unknown };
    return { value, sources };
  } catch (error) {
    throw new UserError(`The plugin ${file} cannot be loaded: ${faultOf(error, file)}`);
  }
}

/** What went wrong, and where in the user's files it did. */
function faultOf(error: unknown, file: string): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}.`;
  const [first] = error.message.split('\n').filter((line) => !line.includes('Require stack'));
  const text = `${error.message}\n${error.stack ?? ''}`;
  const folder = dirname(file);
  const found = text.match(/[^\s(]+\.[cm]?[jt]s:\d+(?::\d+)?/g)?.find((at) => at.startsWith(folder));
  // What runs has lost its types and gained a beginning: its lines are the file's, its columns are not.
  const place = /^(Parse|Syntax)Error/.test(text) ? found : found?.replace(/(:\d+):\d+$/, '$1');
  const words = /await is only valid/.test(error.message)
    ? 'it awaits something at its top level, which a plugin may not'
    : first.trim().replace(/^\(0 , _\w+\.(\w+)\)/, '$1');
  return `${words}${place === undefined ? '' : ` (${relative(folder, place)})`}.`;
}
