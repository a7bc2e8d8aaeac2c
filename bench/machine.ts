/** @file What a benchmark ran on, for the head of its results. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export function header(): string {
  const model = cpus()[0]?.model ?? 'unknown processor';
  return (
    `${new Date().toISOString()}, ${model}, ${availableParallelism()} processors, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, ` +
    `Node ${process.versions.node}, load ${loadavg()[0].toFixed(1)}`
  );
}
