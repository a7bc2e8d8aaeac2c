/** @file Which keys two configurations differ in. */
import { snakeKeys } from './camelCase.ts';
import type { RunConfig } from './schema.ts';
import { isPlainObject } from './source.ts';

/** One key, dotted, in the words of the YAML file. */
export interface ConfigDifference {
  readonly key: string;
  /** JSON of the value, or undefined where the key is absent. */
  readonly before: string | undefined;
  readonly now: string | undefined;
}

/** The differing keys in the order of `before`, then keys that only `now` has. */
export function configDifferences(before: RunConfig, now: RunConfig): ConfigDifference[] {
  const old = flat(snakeKeys(before));
  const fresh = flat(snakeKeys(now));
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((key) => old.get(key) !== fresh.get(key))
    .map((key) => ({ key, before: old.get(key), now: fresh.get(key) }));
}

function flat(value: unknown, prefix = ''): Map<string, string> {
  if (!isPlainObject(value) || Object.keys(value).length === 0) {
    return value === undefined ? new Map() : new Map([[prefix, JSON.stringify(value)]]);
  }
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...flat(inner, prefix === '' ? key : `${prefix}.${key}`),
    ]),
  );
}
