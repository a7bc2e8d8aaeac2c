import { describe, expect, it } from 'vitest';
import { chunksOf, planJobs } from './jobPlan.ts';
import { resolveStudy } from './study.ts';

const study = (rest = '', chunk = 4) =>
  resolveStudy(
    `chunk: ${chunk}\nbase: {trainer: fgsm, dataset: mnist, arch: cnn_small, scheduler_name: FixedScheduler, ` +
      `prune_times: 3, verify: {images: {start: 0, end: 10}}, ${rest}}\ngrid: {seed: [1, 2]}\n`,
    'study.yaml',
  );

describe('planJobs', () => {
  it('train → prune → train, chunks after their state, collect after all', () => {
    const jobs = planJobs(study()).filter(({ run }) => run === 'seed1');
    expect(Object.fromEntries(jobs.map(({ id, after }) => [id, after]))).toEqual({
      'seed1/train-00': [],
      'seed1/verify-00-0-4': ['seed1/train-00'],
      'seed1/verify-00-4-8': ['seed1/train-00'],
      'seed1/verify-00-8-10': ['seed1/train-00'],
      'seed1/prune-01': ['seed1/train-00'],
      'seed1/train-01': ['seed1/prune-01'],
      'seed1/verify-01-0-4': ['seed1/train-01'],
      'seed1/verify-01-4-8': ['seed1/train-01'],
      'seed1/verify-01-8-10': ['seed1/train-01'],
      'seed1/prune-02': ['seed1/train-01'],
      'seed1/train-02': ['seed1/prune-02'],
      'seed1/verify-02-0-4': ['seed1/train-02'],
      'seed1/verify-02-4-8': ['seed1/train-02'],
      'seed1/verify-02-8-10': ['seed1/train-02'],
      'seed1/collect': [
        'seed1/train-02',
        ...['00', '01', '02'].flatMap((state) =>
          ['0-4', '4-8', '8-10'].map((images) => `seed1/verify-${state}-${images}`),
        ),
      ],
    });
  });

  it('has unique ids, the same each time, each job after those it waits for', () => {
    const jobs = planJobs(study());
    expect(planJobs(study())).toEqual(jobs);
    const seen = new Set<string>();
    for (const { id, after } of jobs) {
      expect(seen.has(id)).toBe(false);
      for (const before of after) expect(seen.has(before)).toBe(true);
      seen.add(id);
    }
    expect(jobs).toHaveLength(30);
  });

  it('verification waits for training elsewhere, unless it is wanted with each state; or there is none', () => {
    const priority = (rest: string) =>
      planJobs(study(rest)).find(({ work }) => work.kind === 'verify')?.priority;
    expect(priority('')).toBe(2);
    expect(priority('verify.when: each_state')).toBe(1);
    const kinds = planJobs(study('verify.when: never')).map(({ work }) => work.kind);
    expect(kinds).toEqual(
      [...Array<string[]>(2)].flatMap(() => ['train', 'prune', 'train', 'prune', 'train']),
    );
  });

  it('a one-shot run prunes before it trains', () => {
    const ids = planJobs(study('one_shot: true')).map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual(['seed1/prune-00', 'seed1/train-00']);
  });

  it('says what a job needs', () => {
    const [train, verify] = planJobs(study('threads: 2, batch_size: 256, verify.memory: 1GB'));
    expect(train.need.cores).toBe(2);
    expect(train.need.memoryBytes).toBeGreaterThan(400 * 2 ** 20);
    expect(verify.need).toEqual({ cores: 1, memoryBytes: 1424 * 2 ** 20 });
    const small = planJobs(study('batch_size: 16'))[0];
    expect(small.need.memoryBytes).toBeLessThan(train.need.memoryBytes);
  });
});

it('chunks cover the images once', () => {
  expect(chunksOf({ start: 3, end: 9 }, 4)).toEqual([
    { start: 3, end: 7 },
    { start: 7, end: 9 },
  ]);
});
