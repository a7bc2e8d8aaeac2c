/** @file Groups of configuration keys as dotted keys. */
import { openGroups } from './families.ts';
import { isPlainObject } from './source.ts';

/** `{verify: {timeout: 5}}` → `{'verify.timeout': 5}`. */
export function dottedKeys(group: Readonly<Record<string, unknown>>, prefix = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(group).flatMap(([key, value]) =>
      isPlainObject(value) && !openGroups.includes(key)
        ? Object.entries(dottedKeys(value, `${prefix}${key}.`))
        : [[prefix + key, value]],
    ),
  );
}
