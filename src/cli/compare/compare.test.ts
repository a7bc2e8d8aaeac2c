import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeModel } from '../../formats/onnx/encode.ts';
import { encodeNpy } from '../../formats/npy.ts';
import { toOnnx } from '../../nn/toOnnx.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import type { VerifyRow } from '../../run/records.ts';
import { diamondFolder, diamondNetwork } from '../../verify/files/smallFiles.testing.ts';
import { captured, type Captured } from '../captured.testing.ts';
import { pairingsOf } from './comparison.ts';

vi.setConfig({ testTimeout: 90_000 });
vi.mock('../../verify/files/verifyingProcess.ts', async () => ({
  verifyingProcess: (await import('../../verify/files/inThisProcess.testing.ts')).inThisProcess,
}));

const row = (index: number, certified: boolean): VerifyRow => ({
  index,
  label: 0,
  prediction: 0,
  verdict: certified ? 'verified' : 'falsified',
  by: certified ? 'crown' : 'attack',
  why: '',
  seconds: 1,
  domains: 0,
  lowerBound: 0,
  witness: '',
});

describe('McNemar’s exact test of paired verdicts', () => {
  // Fagerland, Lydersen and Laake 2013 (BMC Medical Research Methodology 13:91), table 1: 1 and 7 of 21 pairs differ; the
  // exact conditional test gives 0.070, by hand 2·(C(8,0) + C(8,1))/2⁸ = 18/256.
  it('has the p value of the published example', () => {
    const a = Array.from({ length: 21 }, (_, i) => row(i, i < 2));
    const b = Array.from({ length: 21 }, (_, i) => row(i, i === 0 || (i >= 2 && i < 9)));
    const certified = pairingsOf({ rows: a }, { rows: b }, { depth: 'complete' }).at(-1);
    expect(certified).toEqual({ name: 'certified', onlyA: 1, onlyB: 7, p: 18 / 256 });
  });

  // By hand: 2·(C(6,0) + C(6,1))/2⁶ = 14/64; 2·1/2³ = 1/4; nothing differs: 1.
  it.each([
    [[1, 5], 14 / 64],
    [[0, 3], 1 / 4],
    [[0, 0], 1],
    [[4, 4], 1],
  ])('of %j differing images is %d', ([onlyA, onlyB], p) => {
    const a = Array.from({ length: 10 }, (_, i) => row(i, i < onlyA));
    const b = Array.from({ length: 10 }, (_, i) => row(i, i >= onlyA && i < onlyA + onlyB));
    const certified = pairingsOf({ rows: a }, { rows: b }, { depth: 'complete' }).at(-1)!;
    expect(certified).toMatchObject({ onlyA, onlyB });
    expect(certified.p).toBeCloseTo(p, 12);
  });

  it('pairs images by their numbers, and tells what the question went as far as', () => {
    const a = [row(3, true), row(1, false)];
    const b = [row(1, true), row(3, true), row(7, true)];
    expect(pairingsOf({ rows: a }, { rows: b }, { depth: 'complete' }).at(-1)).toMatchObject({
      onlyA: 0,
      onlyB: 1,
    });
    expect(pairingsOf({ rows: a }, { rows: b }, { depth: 'attack' }).map(({ name }) => name)).toEqual([
      'standard',
      'PGD',
    ]);
  });
});

describe('certprune compare', () => {
  let files: ReturnType<typeof diamondFolder>;
  let other: string;
  let wide: string;
  let question: string[];
  beforeAll(() => {
    files = diamondFolder();
    const { network, numbers } = diamondNetwork();
    const bias = Object.keys(numbers).findLast((key) => key.endsWith('.bias'))!;
    const model = { ...numbers, [bias]: Float32Array.of(0, 1.1) };
    other = files.write('smaller.onnx', encodeModel(toOnnx(network, model, { batch: 1 })));
    const big = sequential('wide', [3]).linear(2).build();
    const zeros = Object.fromEntries(
      Object.entries({ weight: 6, bias: 2 }).map(([name, size]) => [
        `${big.layers.find(({ kind }) => kind === 'linear')!.name}.${name}`,
        new Float32Array(size).fill(1),
      ]),
    );
    wide = files.write('wide.onnx', encodeModel(toOnnx(big, zeros, { batch: 1 })));
    const data = Float32Array.of(0.5, 0.5, 0.2, 0.1, 0.8, 0.8);
    const images = files.write('c_x.npy', encodeNpy({ dtype: 'float32', shape: [3, 2], data }));
    files.write('c_y.npy', encodeNpy({ dtype: 'int32', shape: [3], data: Int32Array.of(1, 1, 1) }));
    question = ['--dataset', images, '--workers', '1'];
  });
  afterAll(() => rmSync(files.folder, { recursive: true, force: true }));
  const compare = (...argv: string[]): Promise<Captured> => captured(['compare', ...argv]);

  it('shows both beside each other in eighty columns', async () => {
    const { code, out } = await compare(files.onnx, other, ...question, '--epsilon', '0.2', '--quiet');
    expect(code).toBe(0);
    const table = out.split('\n').filter((line) => !/^(A|B) {2}|^ {2}\//.test(line));
    for (const line of table) expect(line.length, line).toBeLessThanOrEqual(80);
    // y1 = 1.5 and 1.1 against sums of 1, .3, 1.6 and twice the radius.
    expect(out).toMatch(/standard +66\.7 % \(20\.8…93\.9\) +66\.7 % .* 0\.0/);
    expect(out).toMatch(/certified +66\.7 % .* +33\.3 % .* −33\.3/);
    expect(out).toContain('certified: only A 1, only B 0: p = 1.000');
    expect(out).toMatch(/parameters +22 +22 +1\.000×/);
  });

  it('prints JSON', async () => {
    const { out } = await compare(files.onnx, other, ...question, '--epsilon', '0.2', '--json');
    const { a, b, paired, question: asked } = JSON.parse(out);
    expect(asked).toMatchObject({ images: 3, epsilon: 0.2, norm: 'inf', mode: 'verified-acc' });
    expect(a.certified).toMatchObject({ count: 2, share: 2 / 3 });
    expect(b.certified.count).toBe(1);
    expect(a.latencySeconds).toBeGreaterThan(0);
    expect(paired.certified).toEqual({ onlyA: 1, onlyB: 0, mcNemarP: 1 });
  });

  it('compares certified radii', async () => {
    const radius = ['--radius', '--tolerance', '0.01', '--json'];
    const { a, b } = JSON.parse((await compare(files.onnx, other, ...question, ...radius)).out);
    // .25, .6 and 0 of the one; .05, .4 and 0 of the other.
    expect(a.radius.mean).toBeCloseTo(0.85 / 3, 1);
    expect(Math.abs(a.radius.median - 0.25)).toBeLessThanOrEqual(0.01);
    expect(Math.abs(b.radius.median - 0.05)).toBeLessThanOrEqual(0.01);
  });

  it.each([
    [() => [files.onnx, wide, ...question, '--epsilon', '0.1'], 'networks of other input sizes'],
    [() => [files.onnx, other], 'Name the images that both networks are asked about'],
    [() => [files.onnx, other, ...question], 'Give the radius'],
    [() => [files.onnx, 'no-such-run', ...question], 'There is no run "no-such-run"'],
    [() => [files.onnx, other, '--results', 'x'], 'unknown option'],
  ])('refuses by name: case %#', async (argv, message) => {
    const { code, err, out } = await compare(...argv());
    expect({ code: code !== 0, out }).toEqual({ code: true, out: '' });
    expect(err.replaceAll(/\s+/g, ' ')).toContain(message);
  });
});
