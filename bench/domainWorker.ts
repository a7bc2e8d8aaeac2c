/** @file A worker with one thread that bounds domains for as long as it is told. */
import { performance } from 'node:perf_hooks';
import { serveTasks } from '../src/engine/serveTasks.ts';
import { deepNetwork, unstableShare } from './figures.ts';
import { domainBlock, ibpCase } from './domains.ts';

const domains = 32;
const iterations = 10;
let block: Promise<() => Promise<unknown>> | undefined;

async function prepare(): Promise<() => Promise<unknown>> {
  const { run } = domainBlock(
    await ibpCase(deepNetwork(), unstableShare, { threads: 1 }),
    domains,
    iterations,
  );
  await run();
  return run;
}

/** Domains bounded, and how long it took. */
export interface Bounded {
  readonly domains: number;
  readonly seconds: number;
}

/** Bounds blocks until the given seconds are over. */
serveTasks<number, Bounded>(async (seconds) => {
  const run = await (block ??= prepare());
  const start = performance.now();
  let blocks = 0;
  let elapsed = 0;
  while (elapsed < seconds) {
    await run();
    blocks++;
    elapsed = (performance.now() - start) / 1e3;
  }
  return { domains: blocks * domains, seconds: elapsed };
});
