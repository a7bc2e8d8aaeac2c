/** @file The Pareto front of states: sparsity, standard and certified accuracy. */
import { studiesOf, type Level } from './levels.ts';
import type { RunData } from './runData.ts';

/** Whether `a` is at least as sparse and as accurate as `b` in everything, and better in something. */
function dominates(a: Level, b: Level): boolean {
  const pairs: readonly [number, number][] = [
    [-a.remainRatio, -b.remainRatio],
    [a.accuracy.standard.mean, b.accuracy.standard.mean],
    [a.accuracy.certified.mean, b.accuracy.certified.mean],
  ];
  return pairs.every(([x, y]) => x >= y) && pairs.some(([x, y]) => x > y);
}

/**
 * The levels that no other level dominates. Means are compared as they are, noise or not; a level that certifies no more
 * than chance achieves nothing and takes no part.
 */
export function paretoFront(levels: readonly Level[]): Set<Level> {
  const telling = levels.filter((level) => !level.atChance);
  return new Set(telling.filter((level) => !telling.some((other) => dominates(other, level))));
}

/** Numbers of the states on the front of one run. */
export function paretoStates(run: RunData): Set<number> {
  const levels = studiesOf([run]).flatMap((study) => study.levels);
  return new Set([...paretoFront(levels)].map((level) => level.state));
}
