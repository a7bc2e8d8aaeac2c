import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../formats/userError.ts';
import type { TestTask } from './testing/poolWorker.testing.ts';
import { workerEntry } from './workerEntry.ts';
import { createPool, type PoolOptions, type WorkerPool } from './workerPool.ts';

type Pool = WorkerPool<TestTask, Float32Array | number, number>;
let pool: Pool | undefined;

function open(options: Partial<PoolOptions> = {}): Pool {
  const entry = workerEntry(import.meta.url, './testing/poolWorker.testing.ts');
  return (pool = createPool({ size: 1, entry, workerData: { base: 100 }, ...options }));
}

afterEach(async () => pool?.close());

describe('workerEntry', () => {
  it('names the TypeScript file in development and the JavaScript file once built', () => {
    expect(workerEntry('file:///a/src/x.ts', './y.ts').href).toBe('file:///a/src/y.ts');
    expect(workerEntry('file:///a/dist/x.js', './y.ts').href).toBe('file:///a/dist/y.js');
  });
});

describe('worker pool', () => {
  it('runs programs in workers and hands memory over', async () => {
    const a = Float32Array.of(1, 2, 3);
    const sum = await open().run(
      { kind: 'add', a, b: Float32Array.of(10, 20, 30) },
      { transfer: [a.buffer] },
    );
    expect(sum).toEqual(Float32Array.of(11, 22, 33));
    expect(a.length).toBe(0);
    expect(pool!.memory()[0].heapUsed).toBeGreaterThan(0);
  });

  it('reports progress, then the result', async () => {
    const seen: number[] = [];
    const result = await open().run({ kind: 'count', to: 3 }, { onProgress: (n) => seen.push(n) });
    expect(seen).toEqual([101, 102, 103]);
    expect(result).toBe(3);
  });

  it('passes errors on, as what they are, and keeps the worker', async () => {
    await expect(open().run({ kind: 'fail', message: 'no such file' })).rejects.toThrow(
      new UserError('no such file'),
    );
    expect(await pool!.run({ kind: 'count', to: 1 })).toBe(1);
  });

  it('rejects the task of a worker that dies and replaces the worker', async () => {
    const lost = open().run({ kind: 'die' });
    const next = pool!.run({ kind: 'count', to: 2 });
    await expect(lost).rejects.toThrow('ended with code 3');
    expect(await next).toBe(2);
  });

  it('asks a task to stop when the signal is aborted', async () => {
    const controller = new AbortController();
    const task = open().run({ kind: 'untilAborted' }, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(task).rejects.toThrow('enough');
    expect(await pool!.run({ kind: 'count', to: 1 })).toBe(1);
  });

  it('takes an aborted task out of the queue, and ends a worker that does not stop', async () => {
    const first = new AbortController();
    const second = new AbortController();
    open({ abortGraceMilliseconds: 20 });
    const stuck = pool!.run({ kind: 'stuck', milliseconds: 60_000 }, { signal: first.signal });
    const queued = pool!.run({ kind: 'count', to: 1 }, { signal: second.signal });
    second.abort(new Error('not wanted'));
    await expect(queued).rejects.toThrow('not wanted');
    first.abort(new Error('too long'));
    await expect(stuck).rejects.toThrow('too long');
    expect(await pool!.run({ kind: 'count', to: 1 })).toBe(1);
  });

  it('keeps the process alive until closing has ended, whoever answers meanwhile', async () => {
    const slow = open({ size: 2 }).run({ kind: 'count', to: 100_000 });
    await expect(pool!.run({ kind: 'fail', message: 'no' })).rejects.toThrow('no');
    const unref = vi.spyOn(Worker.prototype, 'unref');
    await Promise.all([pool!.close(), slow]);
    expect(unref).not.toHaveBeenCalled();
    unref.mockRestore();
  });

  it('refuses tasks once closed', async () => {
    await open().close();
    await expect(pool!.run({ kind: 'die' })).rejects.toThrow('closed');
  });
});
