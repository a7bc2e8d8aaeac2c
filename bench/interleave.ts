/** @file Timing on a machine that is never quiet: actions taken in turn, the least time of each over many rounds. */
import { performance } from 'node:perf_hooks';

/** Least times of one action, in seconds; wall and processor time may come from different rounds. */
export interface Timing {
  readonly wall: number;
  /** Of all threads of this process together. */
  readonly cpu: number;
}

/** Runs every action once in each round, so that all of them see the same neighbours. */
export async function interleave<K extends string>(
  rounds: number,
  actions: Readonly<Record<K, () => Promise<unknown>>>,
): Promise<Record<K, Timing>> {
  const entries = Object.entries(actions) as [K, () => Promise<unknown>][];
  const least = new Map<K, Timing>(entries.map(([name]) => [name, { wall: Infinity, cpu: Infinity }]));
  for (let round = 0; round < rounds; round++)
    for (const [name, action] of entries) {
      const before = process.cpuUsage();
      const start = performance.now();
      await action();
      const wall = (performance.now() - start) / 1e3;
      const { user, system } = process.cpuUsage(before);
      const known = least.get(name)!;
      least.set(name, { wall: Math.min(known.wall, wall), cpu: Math.min(known.cpu, (user + system) / 1e6) });
    }
  return Object.fromEntries(least) as Record<K, Timing>;
}
