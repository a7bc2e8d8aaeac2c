/** @file Groups of configuration keys as dotted keys, and which keys two configurations differ in. */
import { snakeKeys } from './camelCase.ts';
import { openGroups } from './families.ts';
import type { RunConfig } from './schema.ts';
import { isPlainObject } from './source.ts';

/** `{verify: {timeout: 5}}` → `{'verify.timeout': 5}`. @param whole groups that count as values */
export function dottedKeys(
  group: Readonly<Record<string, unknown>>,
  whole: readonly string[] = openGroups,
): Record<string, unknown> {
  const leaves = (part: Readonly<Record<string, unknown>>, prefix: string): [string, unknown][] =>
    Object.entries(part).flatMap(([key, value]) =>
      isPlainObject(value) && !whole.includes(key)
        ? leaves(value, `${prefix}${key}.`)
        : [[prefix + key, value]],
    );
  return Object.fromEntries(leaves(group, ''));
}

/** One key, dotted, in the words of the YAML file. */
export interface ConfigDifference {
  readonly key: string;
  /** JSON of the value, or undefined where the key is absent. */
  readonly before: string | undefined;
  readonly now: string | undefined;
}

/** The differing keys in the order of `before`, then keys that only `now` has. */
export function configDifferences(before: RunConfig, now: RunConfig): ConfigDifference[] {
  const [old, fresh] = [before, now].map((config) => {
    const keys = dottedKeys(snakeKeys(config) as Readonly<Record<string, unknown>>, []);
    return new Map(Object.entries(keys).map(([key, value]) => [key, JSON.stringify(value)]));
  });
  return [...new Set([...old.keys(), ...fresh.keys()])]
    .filter((key) => old.get(key) !== fresh.get(key))
    .map((key) => ({ key, before: old.get(key), now: fresh.get(key) }));
}
