import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeNpy } from '../../formats/npy.ts';
import { parseRadii } from '../../run/radii.ts';
import { captured, type Captured } from '../captured.testing.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });
vi.mock('../../verify/files/verifyingProcess.ts', async () => ({
  verifyingProcess: (await import('../../verify/files/inThisProcess.testing.ts')).inThisProcess,
}));

let folder: string;
let trained: Captured;
const at = (name: string): string => join(folder, name);
const radii = (...more: string[]): Promise<Captured> =>
  captured(['verify', at('runs/tiny'), '--radius', '--images', '0:4', '--workers', '1', ...more]);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'radius-run-'));
  // Class 1 where x0 is above x1, and no point near the line.
  const points = Array.from({ length: 60 }, (_, i) => [
    0.1 + (0.8 * (i % 7)) / 6,
    0.05 + (0.9 * (i % 11)) / 10,
  ]).filter(([x, y]) => Math.abs(x - y) > 0.1);
  const data = Float32Array.from(points.flat());
  const labels = Int32Array.from(points, ([x, y]) => Number(x > y));
  writeFileSync(at('x.npy'), encodeNpy({ dtype: 'float32', shape: [points.length, 2], data }));
  writeFileSync(at('y.npy'), encodeNpy({ dtype: 'int32', shape: [points.length], data: labels }));
  writeFileSync(
    at('tiny.yaml'),
    'trainer: natural\ndataset: ./x.npy\nlabels: y.npy\narch: [{linear: 8}, relu, {linear: 8}, relu, {linear: 2}]\n' +
      'scheduler_name: FixedScheduler\neps: 0.02\nepochs: 30\nbatch_size: 8\noptimizer: adam\nlr: 0.02\nprune_times: 2\nrate: 0.3\n' +
      'verify: {images: {start: 0, end: 2}, timeout: 20}\n',
  );
  trained = await captured([
    'run',
    '--config',
    at('tiny.yaml'),
    '--runs',
    at('runs'),
    '--no-report',
    'verify.when=never',
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('certprune verify RUN --radius', () => {
  it('tells the radii of every state to the tolerance, and keeps them beside the verdicts', async () => {
    expect(trained).toMatchObject({ code: 0 });
    const { code, out, err } = await radii('--tolerance', '0.005');
    expect({ code, err }).toMatchObject({ code: 0 });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    for (const state of [0, 1]) {
      const rows = parseRadii(readFileSync(at(`runs/tiny/verify/0${state}-radius.csv`), 'utf8'), 'radii');
      expect(rows.map(({ index }) => index)).toEqual([0, 1, 2, 3]);
      expect(rows.some(({ lower }) => lower > 0)).toBe(true);
      for (const { lower, upper, upperBy } of rows)
        if (upperBy !== 'clean' && upper <= 1) expect(upper - lower).toBeLessThanOrEqual(0.005);
      const right = rows.filter(({ upperBy }) => upperBy !== 'clean').length;
      expect(out).toContain(`State ${state}: ${right} of ${right} radii are known within the tolerance.`);
    }
    const again = await radii('--tolerance', '0.005', '--states', '1', '--json');
    expect(again.err).toBe('');
    expect(JSON.parse(again.out)).toMatchObject([{ state: 1, images: { length: 4 } }]);
  });

  it('says so where searches end by their number of domains, not by the clock', async () => {
    const { code, out } = await radii('verify.max_domains=1', '--states', '0', '--json', '--fresh');
    expect(code).toBe(0);
    const [{ images }] = JSON.parse(out) as [{ images: { why: string; upper: number; lower: number }[] }];
    expect(images.map(({ why }) => why)).toContain('max_domains');
    for (const { why, upper, lower } of images) expect(upper - lower <= 0.001 ? '' : 'max_domains').toBe(why);
  });
});
