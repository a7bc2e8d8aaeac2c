import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeEach, expect, it } from 'vitest';
import { fakeJob } from './fakeJobs.testing.ts';
import { processLauncher, type RunningJob } from './launcher.ts';
import { sweepPaths } from './paths.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'launcher-'));
});

/** A process that runs `code` once it has its job, with `send` at hand. */
function start(code: string): RunningJob {
  const entry = join(folder, 'process.mjs');
  writeFileSync(
    entry,
    `const send = (message, then) => process.send(message, then);
     process.on('disconnect', () => process.exit(1));
     process.on('message', ({ job, sweepFolder }) => { ${code} });`,
  );
  return processLauncher(pathToFileURL(entry), () => undefined)(fakeJob('run/train-00'), folder);
}

const log = (): string => sweepPaths(folder).log('run/train-00');

it('hands the job over, hears how far it is, and that it is done', async () => {
  const job = start(
    `send({kind: 'note', note: job.id + ' ' + (sweepFolder.length > 0)}); send({kind: 'done'}, () => process.exit())`,
  );
  expect(await job.ended).toEqual({ kind: 'done' });
  expect(job.note()).toBe('run/train-00 true');
  expect(existsSync(log())).toBe(false);
});

it('a failure has the message of the job', async () => {
  const job = start(`send({kind: 'failed', message: 'no such data'}, () => process.exit())`);
  expect(await job.ended).toEqual({ kind: 'failed', message: 'no such data' });
});

it('a crash has the end of what was printed', async () => {
  const end = await start(`console.error('first'); throw new Error('out of luck')`).ended;
  expect(end.kind).toBe('crashed');
  expect('message' in end && end.message).toMatch(/ended with code 1. It printed last:[^]*out of luck/);
  expect(readFileSync(log(), 'utf8')).toContain('first');
  const killed = await start(`process.kill(process.pid, 'SIGKILL')`).ended;
  expect('message' in killed && killed.message).toContain('ended by SIGKILL (the system kills where memory');
});

it('is stopped and killed', async () => {
  const job = start(`setInterval(() => {}, 1000); send({kind: 'note', note: 'ready'})`);
  while (job.note() === '') await new Promise((resolve) => setTimeout(resolve, 10));
  job.stop();
  expect(await job.ended).toEqual({ kind: 'stopped' });
  const stubborn = start(
    `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); send({kind: 'note', note: 'ready'})`,
  );
  while (stubborn.note() === '') await new Promise((resolve) => setTimeout(resolve, 10));
  stubborn.stop();
  stubborn.kill();
  expect(await stubborn.ended).toEqual({ kind: 'stopped' });
});
