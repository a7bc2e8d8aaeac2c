import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { fakeStages } from '../run/fakeStages.testing.ts';
import { redisMissing, startRedis } from '../run/sweep/redis.testing.ts';
import type { JobState } from '../run/sweep/queue.ts';
import { cancelText } from './sweep.ts';
import { main } from './main.ts';

const folder = mkdtempSync(join(tmpdir(), 'cancel-'));
const study = join(folder, 'study.yaml');
writeFileSync(
  study,
  'base: {trainer: fgsm, dataset: mnist, arch: cnn_small, scheduler_name: FixedScheduler, epochs: 1, ' +
    'prune_times: 2, verify: {images: {end: 2}}}\n',
);

/** A command at work: what it said so far, and its exit code. */
function start(...more: string[]): { text: () => string; code: Promise<number> } {
  const output = new PassThrough();
  let text = '';
  output.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const stream = output as unknown as NodeJS.WriteStream;
  const argv = ['sweep', '--config', study, '--runs', join(folder, 'runs'), ...more];
  const code = main(argv, { stdout: stream, stderr: stream, stages: async () => fakeStages() });
  return { text: () => text, code };
}

async function run(...more: string[]): Promise<{ code: number; text: string }> {
  const started = start(...more);
  const code = await started.code;
  return { code, text: started.text() };
}

it('says what was left', () => {
  const at = (...states: JobState[]) => new Map(states.map((state, i) => [String(i), { state }]));
  expect(cancelText(at('done', 'running', 'waiting', 'waiting'))).toMatch(
    /^Cancelled: 2 waiting jobs taken off the queue; 1 at work were told .*; 1 of 4 jobs are done\./,
  );
  expect(cancelText(at('done', 'cancelled'))).toBe('It was cancelled before; 1 of 2 jobs are done.');
  expect(cancelText(at('done'))).toBe('Nothing was left to cancel; 1 of 1 jobs are done.');
});

it('--cancel needs a queue, and is no rehearsal', async () => {
  expect(await run('--cancel')).toMatchObject({ code: 1, text: expect.stringContaining('with Ctrl-C') });
  const both = await run('--cancel', '--dry-run', '--queue', 'redis://127.0.0.1:1');
  expect(both).toMatchObject({ text: expect.stringContaining('cannot be used with') });
  expect(both.code).not.toBe(0);
});

describe.skipIf(redisMissing !== undefined)(
  `a sweep on Redis${redisMissing === undefined ? '' : ` (skipped: ${redisMissing})`}`,
  () => {
    const redis = redisMissing === undefined ? startRedis() : undefined;
    afterAll(async () => (await redis)?.stop());

    it('is cancelled while another process watches it, which ends', async () => {
      const { url } = await redis!;
      const cancel = ['--queue', url, '--cancel'];
      expect(await run(...cancel)).toMatchObject({
        code: 1,
        text: expect.stringContaining('No sweep has begun'),
      });
      const watching = start('--queue', url);
      while (!watching.text().includes('0 running')) await pause(20);
      expect(await run(...cancel)).toMatchObject({
        code: 0,
        text: expect.stringMatching(
          /study: Cancelled: 6 waiting jobs taken off the queue; 0 of 6 jobs are done\.\nThe same command/,
        ),
      });
      expect(await watching.code).toBe(1);
      expect(watching.text()).toContain('study was cancelled with 0 of 6 jobs done');
      const again = await run(...cancel, '--json');
      expect(again.code).toBe(0);
      expect(JSON.parse(again.text)).toMatchObject({ name: 'study', before: { cancelled: 6, waiting: 0 } });
      expect(await run('--queue', `${url}/1`, '--cancel')).toMatchObject({
        code: 1,
        text: expect.stringContaining('The queue has no jobs of the sweep'),
      });
    });
  },
);
