import { describe, expect, it } from 'vitest';
import { setTimeout as pause } from 'node:timers/promises';
import { createAdmission } from './admission.ts';
import { fakeJob, fakeLaunches } from './fakeJobs.testing.ts';
import type { Job } from './job.ts';
import { describeQueues, doAll, gibibyte, newSweep, ownDatabase, statesOf } from './queues.testing.ts';
import { connectRedisQueue } from './redisQueue.ts';
import { redisMissing } from './redis.testing.ts';
import { workOnJobs, type WorkEnd } from './workOnJobs.ts';

const chain: readonly Job[] = [
  fakeJob('a'),
  fakeJob('b', ['a']),
  fakeJob('c', ['b']),
  fakeJob('x'),
  fakeJob('y', ['x']),
];
const any = (): boolean => true;

describeQueues((using) => {
  it('cancelled, has nothing to hand out any more, and tells how things stood', () =>
    using(
      chain,
      async (queue, sweep) => {
        const before = await queue.cancel(sweep);
        expect(statesOf(before)).toEqual({
          a: 'done',
          b: 'waiting',
          c: 'waiting',
          x: 'waiting',
          y: 'waiting',
        });
        expect(await queue.take(any)).toBeUndefined();
        const after = { a: 'done', b: 'cancelled', c: 'cancelled', x: 'cancelled', y: 'cancelled' };
        expect(statesOf(await queue.status(sweep))).toEqual(after);
        expect(statesOf(await queue.cancel(sweep))).toEqual(after);
      },
      ['a'],
    ));

  it('leaves other sweeps alone, and knows nothing of one that never was queued', () =>
    using(chain, async (queue, sweep) => {
      const other = newSweep();
      await queue.enqueue(other, [fakeJob('o')], new Set());
      await queue.cancel(sweep);
      expect((await queue.cancel(newSweep())).size).toBe(0);
      const jobs = fakeLaunches();
      expect(statesOf(await doAll(queue, other, jobs))).toEqual({ o: 'done' });
      expect(jobs.log).toEqual(['+o', '-o']);
    }));

  it('a job at work is stopped, not killed, and not handed out again', () =>
    using([fakeJob('a'), fakeJob('b', ['a'])], async (queue, sweep) => {
      const ends: WorkEnd[] = [];
      const told: string[] = [];
      const jobs = fakeLaunches(() => 'hang');
      const over = new AbortController();
      const work = workOnJobs({
        queue,
        launch(job, folder) {
          const fake = jobs.launch(job, folder);
          return {
            ...fake,
            stop: () => (told.push('stop'), fake.stop()),
            kill: () => (told.push('kill'), fake.kill()),
          };
        },
        admission: createAdmission({ cores: 2, memoryBytes: gibibyte }, () => gibibyte),
        folderOf: () => '/nowhere',
        signal: over.signal,
        isOver: async () => false,
        onEnd: (_, end) => ends.push(end),
        pollMilliseconds: 5,
        heartbeatMilliseconds: 10,
      });
      while (jobs.log.length === 0) await pause(5);
      expect(statesOf(await queue.cancel(sweep))).toEqual({ a: 'running', b: 'waiting' });
      while (ends.length === 0) await pause(5);
      await pause(100);
      over.abort();
      await work;
      expect([told, ends, jobs.log]).toEqual([['stop'], [{ kind: 'cancelled' }], ['+a', '-a']]);
      expect(statesOf(await queue.status(sweep))).toEqual({ a: 'cancelled', b: 'cancelled' });
    }));

  it('queued again while the cancelled job is still stopping, does everything', () =>
    using([fakeJob('a'), fakeJob('b', ['a'])], async (queue, sweep) => {
      const old = await queue.take(any);
      await queue.cancel(sweep);
      await queue.enqueue(sweep, [fakeJob('a'), fakeJob('b', ['a'])], new Set());
      expect(await queue.heartbeat(old!, '')).toBe('cancelled');
      expect(statesOf(await queue.status(sweep))).toEqual({ a: 'waiting', b: 'waiting' });
      await queue.release(old!);
      const jobs = fakeLaunches();
      expect(statesOf(await doAll(queue, sweep, jobs))).toEqual({ a: 'done', b: 'done' });
      expect(jobs.log).toEqual(['+a', '-a', '+b', '-b']);
    }));

  it.each(['done', 'fail', 'crash'] as const)(
    'what a cancelled job says at its end (%s) changes nothing',
    (word) =>
      using([fakeJob('a'), fakeJob('b', ['a'])], async (queue, sweep) => {
        const old = await queue.take(any);
        await queue.cancel(sweep);
        if (word === 'done') await queue.done(old!, 1);
        else await queue.fail(old!, 'gone', word === 'crash');
        expect(await queue.take(any)).toBeUndefined();
        expect(statesOf(await queue.status(sweep))).toEqual({ a: 'cancelled', b: 'cancelled' });
      }),
  );
});

describe.skipIf(redisMissing !== undefined)(
  `cancelling from elsewhere${redisMissing === undefined ? '' : ` (skipped: ${redisMissing})`}`,
  () => {
    it('a job whose worker died is not taken over', async () => {
      const url = await ownDatabase();
      const [dead, other] = await Promise.all([
        connectRedisQueue({ url, leaseSeconds: 1 }),
        connectRedisQueue({ url, leaseSeconds: 1 }),
      ]);
      const sweep = newSweep();
      await dead.enqueue(sweep, [fakeJob('a')], new Set());
      expect(await dead.take(any)).toBeDefined();
      await dead.close();
      await other.cancel(sweep);
      const end = performance.now() + 2500;
      while (performance.now() < end) {
        expect(await other.take(any)).toBeUndefined();
        await pause(50);
      }
      await other.close();
    });
  },
);
