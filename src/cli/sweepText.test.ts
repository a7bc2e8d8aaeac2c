import { describe, expect, it } from 'vitest';
import type { Job } from '../run/sweep/job.ts';
import type { JobStatus } from '../run/sweep/queue.ts';
import { createSweepProgress, failureText, sweepStatusText } from './sweepText.ts';

const job = (id: string, kind: 'train' | 'collect' = 'train'): Job => ({
  id,
  run: 'r',
  work: kind === 'train' ? { kind, state: 0 } : { kind },
  after: [],
  priority: 1,
  need: { cores: 1, memoryBytes: 1 },
});
const jobs = [job('a'), job('b'), job('c'), job('d'), job('e', 'collect')];
const at = (...states: JobStatus[]): Map<string, JobStatus> =>
  new Map(states.map((status, i) => [jobs[i].id, status]));
const running = { state: 'running' } as const;
const waiting = { state: 'waiting' } as const;

describe('the line of a sweep', () => {
  it('estimates from jobs of the same kind, shared between those that run', () => {
    expect(sweepStatusText(jobs, at(running, waiting, waiting, waiting, waiting))).toBe(
      '0 of 5 jobs done, 1 running, 4 waiting',
    );
    const status = at({ state: 'done', seconds: 60 }, running, running, waiting, waiting);
    expect(sweepStatusText(jobs, status)).toBe('1 of 5 jobs done, 2 running, 2 waiting, about 1:00 left');
  });

  it('and the list of failures count what was given up', () => {
    const status = at({ state: 'done' }, { state: 'failed', message: 'no data' }, { state: 'blocked' });
    expect(sweepStatusText(jobs, status)).toContain('1 failed, 1 given up for them');
    expect(failureText(jobs, status)).toBe(
      '1 of 5 jobs failed; 1 more were given up because they need them:\n  b: no data',
    );
    expect(failureText(jobs, at({ state: 'done' }))).toBe('');
  });

  it('counts what was cancelled', () => {
    const cancelled = { state: 'cancelled' } as const;
    expect(sweepStatusText(jobs, at({ state: 'done' }, cancelled, cancelled))).toBe(
      '1 of 3 jobs done, 0 running, 0 waiting, 2 cancelled',
    );
  });
});

describe('progress', () => {
  const target = (isTTY: boolean) => {
    let text = '';
    const write = (more: string): void => void (text += more);
    const erase = (lines: number): void => write(`<${lines} erased>`);
    return { isTTY, write, erase, columns: () => 60, seconds: () => 0, text: () => text };
  };

  it('of a log has a line for each change, and failures at once', () => {
    const log = target(false);
    const progress = createSweepProgress(log, jobs);
    progress.update(at(running, waiting));
    progress.update(at(running, waiting));
    progress.update(at({ state: 'failed', message: 'no data' }, running));
    progress.update(at({ state: 'failed', message: 'no data' }, running));
    progress.finish();
    expect(log.text()).toBe(
      '0 of 2 jobs done, 1 running, 1 waiting\na failed: no data\n' +
        '0 of 2 jobs done, 1 running, 0 waiting, 1 failed, 0 given up for them\n',
    );
  });

  it('on a terminal shows the running jobs and takes them away', () => {
    const terminal = target(true);
    const progress = createSweepProgress(terminal, jobs);
    progress.update(at({ state: 'running', note: 'epoch 1/5' }, waiting));
    expect(terminal.text()).toContain('0 of 2 jobs done, 1 running, 1 waiting\n  a  epoch 1/5');
    progress.finish();
    expect(terminal.text().endsWith('<2 erased>')).toBe(true);
  });
});
