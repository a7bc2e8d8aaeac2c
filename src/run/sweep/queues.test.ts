import { describe, expect, it } from 'vitest';
import { UserError } from '../../formats/userError.ts';
import { createAdmission } from './admission.ts';
import { fakeJob, fakeLaunches } from './fakeJobs.testing.ts';
import type { Job } from './job.ts';
import { describeQueues, doAll, gibibyte, newSweep, ownDatabase, statesOf } from './queues.testing.ts';
import { connectRedisQueue } from './redisQueue.ts';
import { redisMissing } from './redis.testing.ts';
import { workOnJobs } from './workOnJobs.ts';

const diamond: readonly Job[] = [
  fakeJob('a'),
  fakeJob('b', ['a']),
  fakeJob('c', ['a']),
  fakeJob('d', ['b', 'c']),
];

describeQueues((using) => {
  it('does jobs after those they wait for, each once, side by side', () =>
    using(diamond, async (queue, sweep) => {
      const jobs = fakeLaunches(() => ({ kind: 'done' }), 150);
      const status = await doAll(queue, sweep, jobs);
      expect(statesOf(status)).toEqual({ a: 'done', b: 'done', c: 'done', d: 'done' });
      expect(status.get('d')!.seconds).toBeGreaterThan(0);
      expect(jobs.log).toHaveLength(8);
      const at = (entry: string): number => jobs.log.indexOf(entry);
      for (const { id, after } of diamond)
        for (const before of after) expect(at(`-${before}`)).toBeLessThan(at(`+${id}`));
      expect(jobs.most()).toBe(2);
    }));

  it('leaves alone what is done', () =>
    using(
      diamond,
      async (queue, sweep) => {
        const jobs = fakeLaunches();
        await doAll(queue, sweep, jobs);
        expect(jobs.log).toEqual(['+c', '-c', '+d', '-d']);
      },
      ['a', 'b'],
    ));

  it('a failure fails what waits for it and nothing else; told again, it is tried again', () =>
    using([...diamond, fakeJob('other')], async (queue, sweep) => {
      const failing = fakeLaunches((id) =>
        id === 'b' ? { kind: 'failed', message: 'the loss is not finite' } : { kind: 'done' },
      );
      const status = await doAll(queue, sweep, failing);
      expect(statesOf(status)).toEqual({
        a: 'done',
        b: 'failed',
        c: 'done',
        d: 'blocked',
        other: 'done',
      });
      expect(status.get('b')!.message).toBe('the loss is not finite');
      expect(failing.log.filter((entry) => entry === '+b')).toHaveLength(1);
      await queue.enqueue(sweep, [...diamond, fakeJob('other')], new Set(['a', 'c', 'other']));
      const again = fakeLaunches();
      expect(statesOf(await doAll(queue, sweep, again))).toMatchObject({ b: 'done', d: 'done' });
      expect(again.log).toEqual(['+b', '-b', '+d', '-d']);
    }));

  it('tries a job again whose process dies, three times in all', () =>
    using([fakeJob('once'), fakeJob('always')], async (queue, sweep) => {
      const jobs = fakeLaunches((id, beginning) =>
        id === 'always' || beginning === 1 ? { kind: 'crashed', message: 'gone' } : { kind: 'done' },
      );
      const status = await doAll(queue, sweep, jobs);
      expect(statesOf(status)).toEqual({ once: 'done', always: 'failed' });
      expect(jobs.log.filter((entry) => entry === '+always')).toHaveLength(3);
    }));

  it('starts jobs only while memory allows, and one that is too large alone', () => {
    const jobs = [fakeJob('small', [], 300), fakeJob('large', [], 800), fakeJob('huge', [], 5000)];
    return using(jobs, async (queue, sweep) => {
      const launches = fakeLaunches();
      const status = await doAll(queue, sweep, launches, { cores: 4, memoryBytes: gibibyte });
      expect([...status.values()].map(({ state }) => state)).toEqual(['done', 'done', 'done']);
      expect(launches.most()).toBe(1);
    });
  });

  it('stopped, gives jobs back, and another goes on', () =>
    using(diamond, async (queue, sweep) => {
      const controller = new AbortController();
      const hanging = fakeLaunches((id) => (id === 'a' ? { kind: 'done' } : 'hang'));
      const stopping = setInterval(() => hanging.log.includes('+b') && controller.abort(), 5);
      const status = await doAll(queue, sweep, hanging, undefined, controller.signal);
      clearInterval(stopping);
      expect(statesOf(status)).toEqual({ a: 'done', b: 'waiting', c: 'waiting', d: 'waiting' });
      expect(statesOf(await doAll(queue, sweep, fakeLaunches()))).toMatchObject({ b: 'done', d: 'done' });
    }));

  it('jobs of a sweep whose folder is not there are put off, which is told once, and the loop goes on', () =>
    using([fakeJob('a'), fakeJob('b')], async (queue, sweep) => {
      const other = newSweep();
      await queue.enqueue(other, [fakeJob('o')], new Set());
      const told: string[] = [];
      const over = new AbortController();
      const jobs = fakeLaunches();
      await workOnJobs({
        queue,
        launch: jobs.launch,
        admission: createAdmission({ cores: 1, memoryBytes: gibibyte }),
        folderOf(reference) {
          if (reference.id === sweep.id) throw new UserError('not shared');
          return '/nowhere';
        },
        signal: over.signal,
        isOver: async () => told.length > 0 && jobs.log.includes('-o'),
        onPutOff: (message) => told.push(message),
        pollMilliseconds: 5,
      });
      expect(told).toEqual(['not shared']);
      expect(jobs.log).toEqual(['+o', '-o']);
    }));
});

describe.skipIf(redisMissing !== undefined)(
  `several workers on redis${redisMissing === undefined ? '' : ` (skipped: ${redisMissing})`}`,
  () => {
    it('a worker that falls silent loses its job to another, and learns it', async () => {
      const url = await ownDatabase();
      const sweep = newSweep();
      const [first, second] = [
        await connectRedisQueue({ url, leaseSeconds: 2 }),
        await connectRedisQueue({ url, leaseSeconds: 2 }),
      ];
      await first.enqueue(sweep, [fakeJob('a'), fakeJob('b', ['a'])], new Set());
      const lost = await first.take(() => true);
      expect(lost?.job.id).toBe('a');
      expect(await first.heartbeat(lost!, '')).toBe('held');
      expect(await second.take(() => true)).toBeUndefined();
      const status = await doAll(second, sweep, fakeLaunches());
      expect(statesOf(status)).toEqual({ a: 'done', b: 'done' });
      expect(await first.heartbeat(lost!, '')).toBe('lost');
      // A late word of the first changes nothing.
      await first.done(lost!, 1);
      expect(statesOf(await first.status(sweep))).toEqual({ a: 'done', b: 'done' });
      await Promise.all([first.close(), second.close()]);
    });

    it('two workers share many jobs, each done once', async () => {
      const url = await ownDatabase();
      const sweep = newSweep();
      const jobs = Array.from({ length: 20 }, (_, i) => fakeJob(`j${i}`, i < 4 ? [] : [`j${i - 4}`]));
      const both = [await connectRedisQueue({ url }), await connectRedisQueue({ url })];
      await both[0].enqueue(sweep, jobs, new Set());
      const launches = both.map(() => fakeLaunches());
      await Promise.all(both.map((queue, i) => doAll(queue, sweep, launches[i])));
      const begun = launches.flatMap(({ log }) => log.filter((entry) => entry.startsWith('+')));
      expect(begun.sort()).toEqual(jobs.map(({ id }) => `+${id}`).sort());
      for (const { log } of launches) expect(log.length).toBeGreaterThan(0);
      await Promise.all(both.map((queue) => queue.close()));
    });

    it('says where no Redis answers', async () => {
      await expect(connectRedisQueue({ url: 'redis://:secret@127.0.0.1:1' })).rejects.toThrow(
        /No Redis or Valkey answers at redis:\/\/127.0.0.1:1/,
      );
      await expect(connectRedisQueue({ url: 'localhost' })).rejects.toThrow('expected redis://host:port');
    });
  },
);
