import { describe, expect, it } from 'vitest';
import type { Job } from './job.ts';
import { runsToTrain, trainingLeft } from './trainingLeft.ts';

const job = (run: string, kind: 'train' | 'prune', state: number, cores = 1): Job => ({
  id: `${run}/${kind}-${state}`,
  run,
  work: { kind, state },
  after: [],
  priority: 1,
  need: { cores, memoryBytes: 1 },
});
const time = { epochSeconds: 1, stateSeconds: 10, pruneSeconds: 2, seconds: 22 };
const runs = ['a', 'b', 'c', 'd'];
const times = new Map(runs.map((run) => [run, time]));
const jobs = runs.flatMap((run) => [job(run, 'train', 0), job(run, 'prune', 1), job(run, 'train', 1)]);

describe('training left', () => {
  it('is shared between jobs side by side, but a run is a chain', () => {
    const plan = { jobs, done: new Set<string>() };
    expect(trainingLeft(plan, times, 1)).toBe(4 * 22);
    expect(trainingLeft(plan, times, 2)).toBe(2 * 22);
    expect(trainingLeft(plan, times, 16)).toBe(22);
  });

  it('leaves out what is done', () => {
    const done = new Set(['a/train-0', 'a/prune-1', 'a/train-1', 'b/train-0']);
    expect(runsToTrain({ jobs, done })).toEqual(new Set(['b', 'c', 'd']));
    expect(trainingLeft({ jobs, done }, times, 1)).toBe(12 + 2 * 22);
    const all = new Set(jobs.map(({ id }) => id));
    expect(trainingLeft({ jobs, done: all }, new Map(), 2)).toBe(0);
  });

  it('runs fewer jobs of several threads side by side', () => {
    const wide = jobs.map((one) => ({ ...one, need: { ...one.need, cores: 2 } }));
    expect(trainingLeft({ jobs: wide, done: new Set() }, times, 3)).toBe(4 * 22);
    expect(trainingLeft({ jobs: wide, done: new Set() }, times, 4)).toBe(2 * 22);
  });
});
