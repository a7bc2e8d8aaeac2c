import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../formats/userError.ts';
import { compiledOf, entryBeside } from './entry.ts';
import type { PoolOptions } from './pool.ts';
import { shareOut, slicesOf } from './shareOut.ts';
import { testThreads } from './threads.testing.ts';

let pool: ReturnType<typeof testThreads.open> | undefined;

function open(options: Partial<PoolOptions> = {}): NonNullable<typeof pool> {
  return (pool = testThreads.open({ base: 100 }, { size: 1, ...options }));
}

afterEach(async () => pool?.close());

describe('entryBeside', () => {
  it('names the TypeScript file in development and the JavaScript file once built', () => {
    expect(entryBeside('file:///a/src/x.ts', './y.ts').href).toBe('file:///a/src/y.ts');
    expect(entryBeside('file:///a/dist/x.js', './y.ts').href).toBe('file:///a/dist/y.js');
  });
});

describe('compiledOf', () => {
  afterEach(() => void vi.unstubAllEnvs());

  it('names the compiled file of a source, where there is one that is said to be up to date', () => {
    const here = (file: string): URL => new URL(file, import.meta.url);
    vi.stubEnv('CERTPRUNE_COMPILED', '');
    expect(compiledOf(here('pool.ts'))).toEqual(here('pool.ts'));
    vi.stubEnv('CERTPRUNE_COMPILED', '1');
    const compiled = here('../../../dist/engine/threads/pool.js');
    expect(compiledOf(here('pool.ts'))).toEqual(existsSync(compiled) ? compiled : here('pool.ts'));
    for (const other of [here('none.ts'), here('threads.test.ts'), new URL('file:///a/pool.ts')])
      expect(compiledOf(other)).toEqual(other);
  });
});

describe('worker pool', () => {
  it('runs programs in workers and hands memory over', async () => {
    const a = Float32Array.of(1, 2, 3);
    const sum = await open().run('add', { a, b: Float32Array.of(10, 20, 30) }, { transfer: [a.buffer] });
    expect(sum).toEqual(Float32Array.of(11, 22, 33));
    expect(a.length).toBe(0);
  });

  it('reports progress, then the result', async () => {
    const seen: number[] = [];
    const result = await open().run('count', 3, { onProgress: (n) => seen.push(n) });
    expect(seen).toEqual([101, 102, 103]);
    expect(result).toBe(3);
  });

  it('passes errors on, as what they are, and keeps the worker', async () => {
    await expect(open().run('fail', 'no such file')).rejects.toThrow(new UserError('no such file'));
    expect(await pool!.run('count', 1)).toBe(1);
  });

  it('rejects the task of a worker that dies and replaces the worker', async () => {
    const lost = open().run('die', undefined);
    const next = pool!.run('count', 2);
    await expect(lost).rejects.toThrow('ended with code 3');
    expect(await next).toBe(2);
  });

  it('asks a task to stop when the signal is aborted', async () => {
    const controller = new AbortController();
    const task = open().run('untilAborted', undefined, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 50);
    await expect(task).rejects.toThrow('enough');
    expect(await pool!.run('count', 1)).toBe(1);
  });

  it('takes an aborted task out of the queue, and ends a worker that does not stop', async () => {
    const first = new AbortController();
    const second = new AbortController();
    open({ abortGraceMilliseconds: 20 });
    const stuck = pool!.run('stuck', 60_000, { signal: first.signal });
    const queued = pool!.run('count', 1, { signal: second.signal });
    second.abort(new Error('not wanted'));
    await expect(queued).rejects.toThrow('not wanted');
    first.abort(new Error('too long'));
    await expect(stuck).rejects.toThrow('too long');
    expect(await pool!.run('count', 1)).toBe(1);
  });

  it('keeps the process alive until closing has ended, whoever answers meanwhile', async () => {
    const slow = open({ size: 2 }).run('count', 100_000);
    await expect(pool!.run('fail', 'no')).rejects.toThrow('no');
    const unref = vi.spyOn(Worker.prototype, 'unref');
    await Promise.all([pool!.close(), slow]);
    expect(unref).not.toHaveBeenCalled();
    unref.mockRestore();
  });

  it('refuses tasks once closed', async () => {
    await open().close();
    await expect(pool!.run('die', undefined)).rejects.toThrow('closed');
  });

  it('ends in the middle of a task, for the reason given', async () => {
    const tasks = [open().run('stuck', 60_000), pool!.run('count', 1)];
    setTimeout(() => pool!.end(new Error('the search is over')), 20);
    await Promise.all(tasks.map((task) => expect(task).rejects.toThrow('the search is over')));
  });
});

describe('sharing out', () => {
  it('cuts into runs of equal length', () => {
    expect(slicesOf([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
  });

  it('keeps the order of the tasks and does the first share here', async () => {
    const by = (who: string) => (share: readonly number[]) => Promise.resolve(`${who}${share.join('')}`);
    expect(await shareOut([1, 2, 3, 4, 5], 3, by('here '), by('there '))).toEqual([
      'here 12',
      'there 34',
      'there 5',
    ]);
    expect(await shareOut([1], 3, by('here '), by('there '))).toEqual(['here 1']);
  });

  it('ends at once where this thread cannot go on, and late where another cannot', async () => {
    const never = new Promise<never>(() => undefined);
    const fails = (why: string) => () => Promise.reject(new Error(why));
    await expect(shareOut([1, 2], 2, fails('over'), () => never)).rejects.toThrow('over');
    await expect(shareOut([1, 2], 2, () => Promise.resolve(1), fails('lost'))).rejects.toThrow('lost');
  });
});
