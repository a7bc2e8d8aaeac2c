/** @file Readers that leave before a command has said all. */
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

it('goes on without anyone who reads its progress', async () => {
  const { child, ended } = start(['verify', '--onnx', 'absent.onnx', '--vnnlib', 'absent.vnnlib']);
  child.stderr.destroy();
  const { code, signal } = await ended;
  expect([code, signal]).toEqual([1, null]);
});
