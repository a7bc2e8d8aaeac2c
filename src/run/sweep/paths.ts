/** @file The layout of a sweep's folder: run directories, and what the sweep keeps beside them. */
import { join, resolve } from 'node:path';
import { stateNumber } from '../paths.ts';
import type { JobWork } from './job.ts';

/** All paths of a sweep, absolute. */
export type SweepPaths = ReturnType<typeof sweepPaths>;

/** The layout below `directory`; nothing is touched. */
export function sweepPaths(directory: string) {
  const root = resolve(directory);
  const own = join(root, '.sweep');
  const chunks = (name: string): string => join(own, 'chunks', name);
  return {
    root,
    /** What the sweep itself keeps. */
    own,
    /** The sweep's id and version. */
    reference: join(own, 'sweep.json'),
    /** Held by the process that plans and reports. */
    lock: join(own, 'sweep.lock'),
    report: join(root, 'report'),
    /** The directory of a run. */
    run: (name: string) => join(root, name),
    /** The resolved configuration that a run's jobs are done with. */
    config: (name: string) => join(own, 'configs', `${name}.yaml`),
    /** Everything the chunks of a run have made; gone once it is collected. */
    chunks,
    /** A part of a state's images, verified apart from the run directory. */
    chunk(name: string, { state, start, end }: JobWork & { kind: 'verify' }) {
      const folder = join(chunks(name), `${stateNumber(state)}-${start}-${end}`);
      const file = (ending: string): string => join(folder, ending);
      return {
        folder,
        csv: file('verdicts.csv'),
        json: file('summary.json'),
        partial: file('partial.jsonl'),
        witnesses: file('witnesses'),
        /** Says that every image has its verdict. */
        done: file('done'),
        lock: file('chunk.lock'),
      };
    },
    /** What the process of a job printed. */
    log: (job: string) => join(own, 'logs', `${job.replaceAll('/', '.')}.log`),
  };
}
