import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { encodeNpy } from '../../formats/npy.ts';
import { studyCheckpoint, type Floats } from '../../formats/torch.testing.ts';
import { evaluateNetwork } from '../../nn/evaluate.testing.ts';
import { initialize } from '../../nn/initialize.ts';
import { torchKeys } from '../../nn/torchKeys.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import { captured, type Captured } from '../captured.testing.ts';

vi.setConfig({ testTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Of the study's kind, on 8x8 pixels. */
const network = sequential('chain', [1, 8, 8])
  .conv(3, { kernel: 3, padding: 1 })
  .batchNorm()
  .relu()
  .conv(4, { kernel: 4, stride: 2, padding: 1 })
  .batchNorm()
  .relu()
  .flatten()
  .linear(3)
  .build();

/** Weights of a state: every third of the convolutions' is pruned from state 1 on; γ and β are no 1 and 0. */
function numbersOf(state: number): {
  numbers: Record<string, Float32Array>;
  masks: Record<string, Float32Array>;
} {
  const numbers = initialize(network, createRng(state));
  const masks: Record<string, Float32Array> = {};
  for (const [key, values] of Object.entries(numbers)) {
    if (key.startsWith('bn'))
      values.forEach((_, i) => (values[i] = 0.5 + 0.25 * i + (key.endsWith('bias') ? 1 : 0)));
    if (/^conv.*weight$/.test(key)) masks[key] = values.map((_, i) => (state > 0 && i % 3 === 0 ? 0 : 1));
  }
  return { numbers, masks };
}

type Form = 'dense' | 'masked' | 'removed' | 'parallel';

/** The state dict as PyTorch leaves it: pruning puts `weight_orig` and `weight_mask` behind the bias. */
function stateDict(state: number, form: Form): Map<string, Floats> {
  const { numbers, masks } = numbersOf(state);
  const entries: [string, Floats][] = [];
  const late: [string, Floats][] = [];
  for (const { key, torchKey, shape } of torchKeys(network)) {
    const mask = masks[key];
    const name = `${form === 'parallel' ? 'module.' : ''}${torchKey}`;
    const data = numbers[key];
    if (!mask) entries.push([name, { shape, data }]);
    else if (form === 'removed') late.push([name, { shape, data: data.map((v, i) => v * mask[i]) }]);
    else if (form === 'dense') entries.push([name, { shape, data }]);
    else late.push([`${name}_mask`, { shape, data: mask }], [`${name}_orig`, { shape, data }]);
  }
  return new Map([...entries, ...late]);
}

const images = Float32Array.from({ length: 3 * 64 }, (_, i) => 0.5 + 0.5 * Math.sin(0.37 * i + 0.01 * i * i));

/** Classes of the images, by a plain evaluation. */
function classesOf(state: number): number[] {
  const { numbers, masks } = numbersOf(state);
  for (const [key, mask] of Object.entries(masks)) numbers[key] = numbers[key].map((v, i) => v * mask[i]);
  const outputs = evaluateNetwork(network, numbers, images, 3);
  return [0, 1, 2].map((n) => {
    const row = outputs.slice(3 * n, 3 * n + 3);
    return row.indexOf(Math.max(...row));
  });
}

const verify = (...argv: string[]): Promise<Captured> => captured(['verify', ...argv]);

/** Without the breaks of lines. */
const plain = (text: string): string => text.replaceAll(/\s+/g, ' ');

describe('a folder of the study’s checkpoints', () => {
  const forms: Form[] = ['dense', 'masked', 'removed', 'parallel'];
  mkdirSync(join(folder, 'run'));
  for (const [state, form] of forms.entries())
    writeFileSync(join(folder, 'run', `0${state}last.model`), studyCheckpoint(stateDict(state, form)));
  writeFileSync(join(folder, 'run', '04last.model'), 'no checkpoint');
  writeFileSync(join(folder, 'x.npy'), encodeNpy({ dtype: 'float32', shape: [3, 1, 8, 8], data: images }));
  writeFileSync(
    join(folder, 'y.npy'),
    encodeNpy({ dtype: 'int64', shape: [3], data: BigInt64Array.from(classesOf(0).map(BigInt)) }),
  );
  const question = [
    '--dataset',
    join(folder, 'x.npy'),
    '--labels',
    join(folder, 'y.npy'),
    '--epsilon',
    '1e-5',
  ];

  it('is verified in every form that PyTorch gives them, and one unreadable file stops none', async () => {
    const results = join(folder, 'out');
    const { code, out, err } = await verify(
      '--pth',
      join(folder, 'run'),
      ...question,
      '--results',
      results,
      '--workers',
      '1',
    );
    expect(code).not.toBe(0);
    expect(plain(err)).toContain('assumed, since weights do not tell: ReLU');
    for (const state of forms.keys()) {
      const lines = readFileSync(join(results, `0${state}last.model.csv`), 'utf8')
        .trim()
        .split('\n')
        .slice(1);
      expect(lines.map((line) => Number(line.split(',')[2]))).toEqual(classesOf(state));
      expect(out).toMatch(new RegExp(`0${state}last\\.model +${state === 0 ? '100\\.0' : '66\\.\\d'} %`));
    }
    const summary = readFileSync(join(results, 'summary.csv'), 'utf8');
    expect(summary.split('\n')).toHaveLength(forms.length + 3);
    expect(summary).toMatch(/04last\.model.*Not a readable PyTorch file/);
    expect(summary.split('\n')[0]).toContain('pgd');
  });

  it('says which normalisation is taken where none is given', async () => {
    const one = ['--pth', join(folder, 'run', '00last.model'), ...question, '--end', '1', '--workers', '1'];
    expect(plain((await verify(...one)).err)).toContain('takes pixels as they are, 0 to 1');
    const asked = await verify(...one, '--mean', '0', '--std', '1');
    expect(plain(asked.err)).not.toContain('pixels as they are');
  });
});
