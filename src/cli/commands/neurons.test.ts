import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { encodeNpy } from '../../formats/npy.ts';
import { studyCheckpoint } from '../../formats/torch.testing.ts';
import { initialize } from '../../nn/initialize.ts';
import { torchKeys } from '../../nn/torchKeys.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import { captured, type Captured } from '../captured.testing.ts';

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), 'neurons-'));
afterAll(() => rmSync(folder, { recursive: true }));

const network = sequential('chain', [1, 8, 8])
  .conv(3, { kernel: 3, padding: 1 })
  .batchNorm()
  .relu()
  .flatten()
  .linear(5)
  .relu()
  .linear(3)
  .build();

/** A checkpoint of the study; every second weight of the convolution is pruned from state 1 on. */
function checkpoint(state: number): Uint8Array {
  const numbers = initialize(network, createRng(state));
  const entries = torchKeys(network).map(({ key, torchKey, shape }) => {
    const isPruned = state > 0 && key.startsWith('conv') && key.endsWith('weight');
    return [
      torchKey,
      { shape, data: numbers[key].map((v, i) => (isPruned && i % 2 === 0 ? 0 : v)) },
    ] as const;
  });
  return studyCheckpoint(new Map(entries));
}

const checkpoints = join(folder, 'study');
mkdirSync(checkpoints);
for (const state of [0, 1]) writeFileSync(join(checkpoints, `0${state}last.model`), checkpoint(state));
const x = join(folder, 'x.npy');
writeFileSync(
  x,
  encodeNpy({ dtype: 'float32', shape: [40, 1, 8, 8], data: new Float32Array(40 * 64).fill(0.5) }),
);
writeFileSync(join(folder, 'y.npy'), encodeNpy({ dtype: 'int64', shape: [40], data: new BigInt64Array(40) }));
const question = ['--dataset', x, '--labels', join(folder, 'y.npy'), '--epsilon', '1/100'];

const neurons = (...argv: string[]): Promise<Captured> => captured(['neurons', ...argv]);

describe('certprune neurons', () => {
  it('measures the checkpoints of a folder and writes a page with charts and their numbers', async () => {
    const { code, out } = await neurons('--pth', checkpoints, ...question);
    expect(code).toBe(0);
    const page = join(checkpoints, 'neurons', 'index.html');
    expect(out).toContain(page);
    expect(readFileSync(page, 'utf8')).toContain('01last.model');
    const files = readdirSync(join(checkpoints, 'neurons'));
    for (const chart of ['neurons-linear', 'unstable-ibp', 'bound-product', 'nrs-loss'])
      for (const kind of ['csv', 'svg', 'png']) expect(files).toContain(`${chart}.${kind}`);
    // Of the convolution's 27 weights 14 are pruned.
    const rows = readFileSync(join(checkpoints, 'neurons', 'neurons.csv'), 'utf8')
      .trim()
      .split('\n');
    const left = rows.slice(1).map((row) => row.split(',').slice(1, 3));
    expect(left.slice(0, 2)).toEqual([
      ['00last.model', '1'],
      ['00last.model', '1'],
    ]);
    expect(left.slice(2).map(([name]) => name)).toEqual(['01last.model', '01last.model']);
    expect(Number(left[2][1])).toBeCloseTo(13 / 27, 6);
  });

  it('goes on where one file cannot be read, names it on the page and ends with exit code 1', async () => {
    const damaged = join(folder, 'damaged');
    mkdirSync(damaged);
    writeFileSync(join(damaged, '00last.model'), 'no checkpoint');
    writeFileSync(join(damaged, '01last.model'), checkpoint(1));
    const page = join(folder, 'page');
    const { code, out, err } = await neurons('--pth', damaged, ...question, '--out', page, '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      checkpoints: [{ name: '01last.model' }],
      failures: [expect.stringContaining('00last.model')],
    });
    expect(err).toContain('1 of 2 checkpoints could not be measured: 00last.model.');
    expect(readFileSync(join(page, 'index.html'), 'utf8')).toContain('00last.model');
  });

  it('writes nothing where no file can be read, and refuses what does not apply', async () => {
    const none = join(folder, 'none');
    mkdirSync(none);
    writeFileSync(join(none, '00last.model'), '');
    expect(await neurons('--pth', none, ...question)).toMatchObject({ code: 1 });
    expect(existsSync(join(none, 'neurons'))).toBe(false);
    const nowhere = await neurons('--pth', join(folder, 'nowhere'), ...question);
    expect(nowhere).toMatchObject({ code: 1, out: '' });
    expect(nowhere.err).toContain('nowhere');
    const wide = await neurons('--pth', checkpoints, ...question, '--mean', '0,0,0');
    expect(wide).toMatchObject({ code: 1, out: '' });
    expect(wide.err).toContain('3 numbers for images of 1 channels');
  });
});
