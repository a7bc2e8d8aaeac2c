import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { diamondFolder } from '../../verify/files/smallFiles.testing.ts';
import { captured, type Captured } from '../captured.testing.ts';

vi.setConfig({ testTimeout: 90_000 });
vi.mock('../../verify/files/verifyingProcess.ts', async () => ({
  verifyingProcess: (await import('../../verify/files/inThisProcess.testing.ts')).inThisProcess,
}));

let files: ReturnType<typeof diamondFolder>;
beforeAll(() => (files = diamondFolder()));
afterAll(() => files.remove());
const verify = (...argv: string[]): Promise<Captured> => captured(['verify', ...argv]);

describe('certprune verify --csv --workers', () => {
  it('answers side by side, in the order of the list, each question once', async () => {
    const lines = ['safe', 'unsafe', 'safe', 'unsafe'].map((name) => `diamond.onnx,${name}.vnnlib,60`);
    const list = files.write('beside.csv', `${lines.join('\n')}\n`);
    const results = join(files.folder, 'beside results.csv');
    const question = ['--csv', list, '--results', results, '--start', '1', '--end', '4'];
    const { code, out, err } = await verify(...question, '--workers', '3');
    expect(code).toBe(0);
    expect(out).toContain('3 of 3 solved');
    expect(err).toContain('(the same as 1)');
    const words = readFileSync(results, 'utf8')
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(','));
    expect(words.map((row) => [row[1], row[2], row[3]])).toEqual([
      ['unsafe.vnnlib', '60', 'sat'],
      ['safe.vnnlib', '60', 'unsat'],
      ['unsafe.vnnlib', '60', 'sat'],
    ]);
    // Whatever runs beside what, the same command goes on.
    expect((await verify(...question)).err).toContain('2 of 3 instances were answered before');
  });
});
