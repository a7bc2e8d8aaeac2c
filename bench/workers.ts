/** @file Domains a second of two workers with one thread each against one. */
import { availableParallelism } from 'node:os';
import { domainThreads, type Bounded } from './domainThreads.ts';

interface Throughput {
  /** Domains a second of wall time. */
  readonly wall: number;
  /** Domains a second of processor time. */
  readonly cpu: number;
}

/** Best throughput over the rounds, one worker and two in turn. */
export async function workersLine(rounds: number, seconds: number): Promise<string> {
  const pool = domainThreads.open(undefined, { size: 2 });
  const measure = async (workers: number, length: number): Promise<Throughput> => {
    const before = process.cpuUsage();
    const answers = await Promise.all(Array.from({ length: workers }, () => pool.run('bound', length)));
    const { user, system } = process.cpuUsage(before);
    const total = (f: (answer: Bounded) => number): number => answers.map(f).reduce((a, b) => a + b);
    return {
      wall: total(({ domains, seconds: elapsed }) => domains / elapsed),
      cpu: (total(({ domains }) => domains) * 1e6) / (user + system),
    };
  };
  const better = (a: Throughput, b: Throughput): Throughput => ({
    wall: Math.max(a.wall, b.wall),
    cpu: Math.max(a.cpu, b.cpu),
  });
  try {
    await measure(2, 0);
    let one: Throughput = { wall: 0, cpu: 0 };
    let two = one;
    for (let round = 0; round < rounds; round++) {
      one = better(one, await measure(1, seconds));
      two = better(two, await measure(2, seconds));
    }
    return (
      `two workers: ${two.wall.toFixed(0)} domains/s, one ${one.wall.toFixed(0)}: ${(two.wall / one.wall).toFixed(2)} x; ` +
      `by processor time ${((2 * two.cpu) / one.cpu).toFixed(2)} x, as if both had a processor each to themselves ` +
      `(target 1.6; ${availableParallelism()} processors, blocks of 10 iterations on 32 domains)`
    );
  } finally {
    await pool.close();
  }
}
