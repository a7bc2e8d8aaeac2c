/** @file `environment.json`: versions, machine, dataset and kernel choices that a run's numbers depend on. */
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import type { RunConfig } from './config/schema.ts';
import type { EnvironmentRecord } from './records.ts';
import type { StageDescription } from './stages.ts';

/** Version of this package. */
export function packageVersion(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** The record for a run that starts now on this machine. */
export function describeEnvironment(
  config: RunConfig,
  stages: StageDescription,
  start: { readonly command?: string; readonly started: string },
): EnvironmentRecord {
  return {
    certprune: packageVersion(),
    node: process.versions.node,
    onnxruntime: stages.onnxruntime,
    platform: `${platform()}-${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    threads: stages.threads,
    device: config.device,
    seed: config.seed,
    dataset: stages.dataset,
    ...(stages.words && { words: stages.words }),
    ...start,
  };
}

/**
 * What differs between the machine a run began on and the one it goes on: differences that may change
 * the last bits of the numbers, as `name was → is`.
 */
export function environmentChanges(before: EnvironmentRecord, now: EnvironmentRecord): string[] {
  const keys = ['certprune', 'node', 'onnxruntime', 'platform', 'cpu', 'threads'] as const;
  return keys.filter((key) => before[key] !== now[key]).map((key) => `${key} ${before[key]} → ${now[key]}`);
}

/** Names of dataset files whose content is not what the run began with. */
export function changedDataFiles(before: EnvironmentRecord, now: EnvironmentRecord): string[] {
  const names = new Set([...Object.keys(before.dataset.files), ...Object.keys(now.dataset.files)]);
  return [...names].filter((name) => before.dataset.files[name] !== now.dataset.files[name]);
}
