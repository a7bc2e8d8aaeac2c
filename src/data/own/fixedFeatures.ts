/** @file Which features are held fixed: names, indices, ranges of indices, beginnings of names. */
import { suggestion } from '../../family/nearest.ts';
import { UserError } from '../../formats/userError.ts';

/**
 * Indices of the features meant.
 * @param entries `age`, `3`, `3-7`, `job_*`
 * @param count features, or channels
 * @param names of the features, where they have some
 * @throws UserError naming the entry that means none
 */
export function fixedIn(
  entries: readonly string[],
  count: number,
  names?: readonly string[],
): ReadonlySet<number> {
  const fixed = new Set<number>();
  for (const entry of entries) {
    const found = indicesOf(entry, count, names ?? []);
    if (found.length === 0) {
      const has = names ? `; ${suggestion(entry, names)} The features are ${names.join(', ')}` : '';
      throw new UserError(
        `fixed_features: there is no feature "${entry}"${has}. Name one, or its number from 0 to ${count - 1}.`,
      );
    }
    for (const index of found) fixed.add(index);
  }
  return fixed;
}

function indicesOf(entry: string, count: number, names: readonly string[]): number[] {
  const all = Array.from({ length: count }, (_, i) => i);
  if (names.includes(entry)) return [names.indexOf(entry)];
  if (entry.endsWith('*')) return all.filter((i) => names[i]?.startsWith(entry.slice(0, -1)));
  const [, from, to = from] = /^(\d+)(?:-(\d+))?$/.exec(entry) ?? [];
  if (from === undefined || Number(to) >= count) return [];
  return all.filter((i) => i >= Number(from) && i <= Number(to));
}
