import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeNpy } from '../../formats/npy.ts';
import { parseRadii } from '../../run/radii.ts';
import { diamondFolder } from '../../verify/files/smallFiles.testing.ts';
import { captured, type Captured } from '../captured.testing.ts';

vi.setConfig({ testTimeout: 90_000 });
vi.mock('../../verify/files/verifyingProcess.ts', async () => ({
  verifyingProcess: (await import('../../verify/files/inThisProcess.testing.ts')).inThisProcess,
}));

let files: ReturnType<typeof diamondFolder>;
let question: string[];
beforeAll(() => {
  files = diamondFolder();
  // The third is misclassified: y0 = 1.6 is above y1 = 1.5.
  const data = Float32Array.of(0.5, 0.5, 0.2, 0.1, 0.8, 0.8);
  const images = files.write('r_x.npy', encodeNpy({ dtype: 'float32', shape: [3, 2], data }));
  files.write('r_y.npy', encodeNpy({ dtype: 'int32', shape: [3], data: Int32Array.of(1, 1, 1) }));
  question = ['--onnx', files.onnx, '--dataset', images, '--radius', '--tolerance', '0.01', '--workers', '1'];
});
afterAll(() => files.remove());
const verify = (...argv: string[]): Promise<Captured> => captured(['verify', ...argv]);
const at = (name: string): string => join(files.folder, name);

describe('certprune verify --radius', () => {
  it('tells radii, curve and histogram, in eighty columns, and writes them', async () => {
    const results = at('radii.csv');
    const more = ['--results', results, '--witness', at('w'), '--charts', at('charts')];
    const { code, out, err } = await verify(...question, ...more);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('3/3 image 2: misclassified') });
    for (const line of out.split('\n').filter((text) => !text.startsWith('Charts')))
      expect(line.length).toBeLessThanOrEqual(80);
    expect(out).toContain('clean accuracy 66.7 %');
    const rows = parseRadii(readFileSync(results, 'utf8'), results);
    // |x0| + |x1| < 1.5, pixels up to 1: .25 and .6.
    for (const [i, exact] of [0.25, 0.6].entries()) {
      expect(rows[i].lower).toBeLessThanOrEqual(exact + 1e-6);
      expect(rows[i].upper).toBeGreaterThanOrEqual(exact - 1e-6);
      expect(rows[i].upper - rows[i].lower).toBeLessThanOrEqual(0.01);
      expect(existsSync(rows[i].witness)).toBe(true);
    }
    expect(rows[2]).toMatchObject({ lower: 0, upper: 0, upperBy: 'clean', witness: '' });
    for (const chart of ['radius-curve', 'radius-histogram'])
      expect(readFileSync(at(`charts/${chart}.svg`), 'utf8')).toContain('<svg');
  });

  it('goes on where it was stopped, to the same radii, and to finer ones', async () => {
    const results = at('again.csv');
    await verify(...question, '--results', results);
    const whole = readFileSync(results, 'utf8');
    const steps = at('.again.csv.radii.jsonl');
    const lines = readFileSync(steps, 'utf8').trim().split('\n');
    writeFileSync(steps, `${lines.slice(0, 3).join('\n')}\n{"cut`);
    const { err } = await verify(...question, '--results', results);
    expect(err).toContain('3 questions were answered before');
    const bare = (text: string) =>
      parseRadii(text, results).map(({ index, lower, upper, questions }) => [index, lower, upper, questions]);
    expect(bare(readFileSync(results, 'utf8'))).toEqual(bare(whole));
    const finer = ['--tolerance', '0.001', '--results', results, '--json'];
    const { out } = await verify(...question.filter((word) => !/tolerance|0\.01/.test(word)), ...finer);
    const { images, curve, histogram } = JSON.parse(out);
    for (const { lower, upper } of images) expect(upper - lower).toBeLessThanOrEqual(0.001);
    expect(images[0].lower).toBeGreaterThanOrEqual(bare(whole)[0][1]);
    expect(curve[0]).toEqual({ radius: 0, certified: 2, standing: 2, images: 3 });
    expect(histogram.reduce((sum: number, bin: { images: number }) => sum + bin.images, 0)).toBe(2);
    expect((await verify(...question, '--results', results, '--fresh')).err).not.toContain('before');
  });

  it('has an end where no counterexample is found: JSON says null', async () => {
    const { out } = await verify(...question, '--radius-to', '0.2', '--end', '1', '--json');
    expect(JSON.parse(out).images[0]).toMatchObject({ lower: 0.2, upper: null, why: '' });
  });

  it.each([
    [['--epsilon', '0.1'], '--radius looks for the radius, --epsilon gives one'],
    [['--radius-from', '0.2', '--radius-to', '0.1'], '--radius-to 0.1 is not above --radius-from 0.2'],
    [['--mode', 'pgd-acc'], 'nothing would change by it, since the mode pgd-acc'],
  ])('%j beside it is refused', async (more, message) => {
    const { code, err } = await verify(...question, ...more);
    expect(code).toBe(1);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(message);
  });

  it('what belongs to it is refused without it', async () => {
    const without = question.filter((word) => word !== '--radius');
    const { code, err } = await verify(...without, '--epsilon', '0.1');
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('--tolerance: this goes with --radius'),
    });
  });
});
