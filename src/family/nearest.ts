/** @file The nearest of several names, for "did you mean". */

/**
 * Edit distance with adjacent transpositions (optimal string alignment): the number of inserted, deleted,
 * replaced or swapped characters that turn `a` into `b`. Letter case and `-`/`_` count as equal.
 */
export function editDistance(a: string, b: string): number {
  const s = plain(a);
  const t = plain(b);
  let beforeLast: number[] = [];
  let last = Array.from({ length: t.length + 1 }, (_, j) => j);
  for (let i = 1; i <= s.length; i++) {
    const row = [i];
    for (let j = 1; j <= t.length; j++) {
      const replaced = last[j - 1] + (s[i - 1] === t[j - 1] ? 0 : 1);
      row[j] = Math.min(replaced, last[j] + 1, row[j - 1] + 1);
      if (i > 1 && j > 1 && s[i - 1] === t[j - 2] && s[i - 2] === t[j - 1]) {
        row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
      }
    }
    beforeLast = last;
    last = row;
  }
  return last[t.length];
}

/** Letters of a name that are compared. */
const mostLetters = 80;

/** A nearest name and whether it is near enough that a typing error explains the difference. */
export interface Nearest {
  readonly name: string;
  readonly close: boolean;
}

/**
 * The candidate nearest to `name`: by edit distance, then by order. Dotted candidates are also compared
 * by their last part, so that `timeout` finds `verify.timeout`.
 * @returns undefined where there are no candidates.
 */
export function nearest(name: string, candidates: readonly string[]): Nearest | undefined {
  let best: { name: string; distance: number } | undefined;
  // No name is so long; the distance takes the product of both lengths.
  const word = name.slice(0, mostLetters);
  for (const candidate of candidates) {
    const lastPart = candidate.slice(candidate.lastIndexOf('.') + 1);
    const whole = editDistance(word, candidate);
    const part = lastPart === candidate ? whole : editDistance(word, lastPart) + 0.5;
    const distance = Math.min(whole, part);
    if (!best || distance < best.distance) best = { name: candidate, distance };
  }
  if (!best) return undefined;
  return { name: best.name, close: best.distance <= Math.max(1.5, name.length / 3) };
}

/** `did you mean "x"?` for a likely typing error, otherwise `the nearest valid name is "x"`. */
export function suggestion(name: string, candidates: readonly string[]): string {
  const found = nearest(name, candidates);
  if (!found) return '';
  return found.close ? `did you mean "${found.name}"?` : `the nearest valid name is "${found.name}"`;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll('-', '_');
}
