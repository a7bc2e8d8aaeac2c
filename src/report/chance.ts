/** @file Whether a certified accuracy says more than a constant answer would. */
import type { StateVerification } from './runData.ts';

/**
 * True for nothing certified, and for no more than a network would have that answers the commonest class of these images,
 * or one class of all, to everything: that is robust and worthless. Where the table of images is missing, only nothing
 * certified is told.
 * @param seeds the same state of runs that differ in the seed
 */
export function atChance(seeds: readonly StateVerification[]): boolean {
  const share = seeds.reduce((sum, { counts }) => sum + counts.certified / counts.images, 0) / seeds.length;
  if (!(share > 0)) return true;
  const rows = seeds.find((seed) => seed.rows.length > 0)?.rows ?? [];
  if (rows.length === 0) return false;
  const counts = new Map<number, number>();
  for (const { label } of rows) counts.set(label, (counts.get(label) ?? 0) + 1);
  // Images of one class alone tell nothing of a constant answer.
  const commonest = counts.size > 1 ? Math.max(...counts.values()) / rows.length : 0;
  const classes = rows.reduce((most, { label, prediction }) => Math.max(most, label, prediction), 1) + 1;
  return share <= Math.max(commonest, 1 / classes);
}
