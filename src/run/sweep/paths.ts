/** @file The layout of a sweep's folder: run directories, and what the sweep keeps beside them. */
import { join, resolve } from 'node:path';
import { stateNumber, type VerifyFiles } from '../paths.ts';
import type { JobWork } from './job.ts';

/** A part of a state's images, verified apart from the run directory, absolute. */
export interface ChunkFiles extends VerifyFiles {
  readonly folder: string;
  /** Says that every image has its verdict. */
  readonly done: string;
  readonly lock: string;
}

/** All paths of a sweep, absolute. */
export interface SweepPaths {
  readonly root: string;
  /** What the sweep itself keeps. */
  readonly own: string;
  /** The sweep's id and version. */
  readonly reference: string;
  /** Held by the process that plans and reports. */
  readonly lock: string;
  readonly report: string;
  /** The directory of a run. */
  run(name: string): string;
  /** The resolved configuration that a run's jobs are done with. */
  config(name: string): string;
  /** Everything the chunks of a run have made; gone once it is collected. */
  chunks(name: string): string;
  chunk(name: string, work: JobWork & { kind: 'verify' }): ChunkFiles;
  /** What the process of a job printed. */
  log(job: string): string;
}

/** The layout below `directory`; nothing is touched. */
export function sweepPaths(directory: string): SweepPaths {
  const root = resolve(directory);
  const own = join(root, '.sweep');
  const chunks = (name: string): string => join(own, 'chunks', name);
  return {
    root,
    own,
    reference: join(own, 'sweep.json'),
    lock: join(own, 'sweep.lock'),
    report: join(root, 'report'),
    run: (name) => join(root, name),
    config: (name) => join(own, 'configs', `${name}.yaml`),
    chunks,
    chunk(name, { state, start, end }) {
      const folder = join(chunks(name), `${stateNumber(state)}-${start}-${end}`);
      const file = (ending: string): string => join(folder, ending);
      return {
        folder,
        csv: file('verdicts.csv'),
        json: file('summary.json'),
        partial: file('partial.jsonl'),
        witnesses: file('witnesses'),
        done: file('done'),
        lock: file('chunk.lock'),
      };
    },
    log: (job) => join(own, 'logs', `${job.replaceAll('/', '.')}.log`),
  };
}
