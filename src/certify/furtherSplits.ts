/** @file Splitting a leaf that the checker leaves open: the element of which both halves come off best, and again. */
import type { Step } from '../check/certificate/steps.ts';
import type { CheckSession, Path } from '../check/contracts.ts';
import type { Place } from './hints.ts';
import { tighten, type TriedLeaf } from './tighten.ts';

/** Rows that may still be walked. */
export interface RowBudget {
  rows: number;
}

/** Levels of splits below one leaf. */
const deepest = 12;
/** Elements tried for a split. */
const tried = 8;

/** The elements of each site at which ReLU's triangle is largest: −l·u/2, twice its area. */
function candidates(session: CheckSession, path: Path): Place[] {
  const found: { readonly place: Place; readonly area: number }[] = [];
  session.sites.forEach((_, site) => {
    const { lower, upper } = session.bounds(path, site);
    const own: { place: Place; area: number }[] = [];
    lower.forEach((low, element) => {
      const area = -low * upper[element];
      if (area > 0 && low < 0) own.push({ place: { site, element }, area });
    });
    const largest = own.reduce((most, { area }) => Math.max(most, area), 0);
    // Sites weigh the same: what their elements count for in the end differs too much to compare areas.
    own.sort((a, b) => b.area - a.area);
    for (const { place, area } of own.slice(0, tried)) found.push({ place, area: area / largest });
  });
  return found
    .toSorted((a, b) => b.area - a.area)
    .slice(0, tried)
    .map(({ place }) => place);
}

/**
 * Closes a leaf by better multipliers, or by splits at 0 that go on from those it has; depth first, within a budget.
 * @returns the steps of its tree and the bounds of the leaves; undefined where a case stays open
 */
export function splitFurther(
  session: CheckSession,
  open: TriedLeaf,
  budget: RowBudget,
  checkpoint: () => void,
): { readonly steps: Step[]; readonly bounds: number[] } | undefined {
  const steps: Step[] = [];
  const bounds: number[] = [];

  const close = (leaf: TriedLeaf, depth: number): boolean => {
    const { path, conjunction, proof, bound } =
      leaf.bound > 0 ? leaf : tighten(session, leaf, budget, checkpoint);
    if (bound > 0) {
      bounds.push(bound);
      steps.push({ kind: 'leaf', ...proof });
      return true;
    }
    if (depth === 0 || budget.rows <= 0 || Number.isNaN(bound)) return false;
    checkpoint();
    const places = candidates(session, path);
    if (places.length === 0) return false;
    const halves = places.flatMap((place) =>
      (['above', 'below'] as const).map((side) => session.split(path, { ...place, point: 0 }, side)),
    );
    const betas = Float64Array.of(...proof.betas, 0);
    const reached = session.leaves(
      halves.map((half) => ({ path: half, conjunction, proof: { ...proof, betas } })),
    );
    budget.rows -= halves.length;
    const score = (k: number): number => Math.min(reached[2 * k], reached[2 * k + 1]);
    const sum = (k: number): number => reached[2 * k] + reached[2 * k + 1];
    const best = places
      .map((_, k) => k)
      .reduce((a, b) => (score(b) > score(a) || (score(b) === score(a) && sum(b) > sum(a)) ? b : a));
    steps.push({ kind: 'split', ...places[best], point: 0 });
    return [0, 1].every((side) => {
      const half = halves[2 * best + side];
      if (half.empty) {
        steps.push({ kind: 'empty' });
        return true;
      }
      const lower = reached[2 * best + side];
      return close({ path: half, conjunction, proof: { ...proof, betas }, bound: lower }, depth - 1);
    });
  };
  return close(open, deepest) ? { steps, bounds } : undefined;
}
