/** @file Threads that bound domains for as long as they are told. */
import { performance } from 'node:perf_hooks';
import { threadService } from '../src/engine/threads/service.ts';
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
export const domainThreads = threadService(import.meta.url, () => ({
  async bound(seconds: number): Promise<Bounded> {
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
  },
}));
