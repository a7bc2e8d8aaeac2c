/** @file Readers that leave before a command has said all. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { start } from './command.testing.ts';

it.each([['run --help'], ['verify --help'], ['data list']])(
  'certprune %s | head: ends quietly',
  async (line) => {
    const { child, ended } = start(line.split(' '));
    child.stdout.destroy();
    expect(await ended).toEqual({ code: 0, signal: null, out: '', err: '' });
  },
);

it('a run goes on when nobody reads its progress any more', async () => {
  const runs = mkdtempSync(join(tmpdir(), 'certprune-pipe-'));
  const short = ['train_size=64', 'validation_size=64', 'eval_images=64', 'epochs=1', 'prune_times=1'];
  const { child, ended } = start(['run', '--preset=mnist-smoke', '--no-report', `--runs=${runs}`, ...short]);
  child.stderr.once('data', () => child.stderr.destroy());
  const { code, out } = await ended;
  expect(code).toBe(0);
  expect(out).toContain('certified');
  rmSync(runs, { recursive: true });
});
