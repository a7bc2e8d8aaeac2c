/** @file Groups of configuration keys as dotted keys. */
import { isPlainObject } from './source.ts';

/** Keys whose every group is the user's own words: set as a whole, never key by key. */
const openGroups = new Set(['scheduler_opts', 'bound_opts']);

/** `{verify: {timeout: 5}}` → `{'verify.timeout': 5}`. */
export function dottedKeys(group: Readonly<Record<string, unknown>>, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(group).flatMap(([key, value]) =>
      isPlainObject(value) && !openGroups.has(key)
        ? Object.entries(dottedKeys(value, `${prefix}${key}.`))
        : [[prefix + key, value]],
    ),
  );
}
