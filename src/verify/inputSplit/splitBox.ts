/** @file Halving boxes along the input of widest influence, until they fill a batch. */
import type { BoxRecorder } from '../../certify/boxTree.ts';
import type { BoxDomain } from './boxDomain.ts';

/** The input to halve: the largest influence among those whose halves f32 tells apart; −1 where there is none. */
export function splitInput({
  lower,
  upper,
  influence,
}: Pick<BoxDomain, 'lower' | 'upper' | 'influence'>): number {
  let chosen = -1;
  for (let i = 0; i < lower.length; i++) {
    const size = Math.max(Math.abs(lower[i]), Math.abs(upper[i]), 2 ** -100);
    if (upper[i] - lower[i] <= size * 2 ** -20) continue;
    if (chosen < 0 || influence[i] > influence[chosen]) chosen = i;
  }
  return chosen;
}

/** Both halves of a box; undefined where it is too small to halve. */
function halve(domain: BoxDomain, recorder: BoxRecorder | undefined): BoxDomain[] | undefined {
  const i = splitInput(domain);
  if (i < 0) return undefined;
  const middle = (domain.lower[i] + domain.upper[i]) / 2;
  const influence = domain.influence.slice();
  influence[i] /= 2;
  const number = recorder?.halved(domain.number, domain, i, middle) ?? domain.number;
  return [
    { ...domain, number, upper: domain.upper.with(i, middle), influence },
    { ...domain, number: number + 1, lower: domain.lower.with(i, middle), influence },
  ];
}

/**
 * Halves of every domain, and halves of those while all fit in the batch.
 * @param recorder told of every halving
 * @returns the parts, and how many domains were too small to halve and so were left out
 */
export function halves(
  domains: readonly BoxDomain[],
  batch: number,
  recorder?: BoxRecorder,
): { parts: BoxDomain[]; tiny: number } {
  const first = domains.map((domain) => halve(domain, recorder));
  let parts = first.flatMap((two) => two ?? []);
  while (parts.length > 0 && 2 * parts.length <= batch) {
    const next = parts.flatMap((part) => halve(part, recorder) ?? [part]);
    if (next.length === parts.length) break;
    parts = next;
  }
  return { parts, tiny: first.filter((two) => !two).length };
}
