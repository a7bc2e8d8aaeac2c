import { EventEmitter } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { exportNetwork } from '../../nn/exportNetwork.ts';
import { initialize } from '../../nn/initialize.ts';
import { buildModel } from '../../nn/zoo/models.ts';
import { encodeTorch } from '../../formats/torchWrite.ts';
import { torchKeys } from '../../nn/torchKeys.ts';
import { captured, type Captured } from '../captured.testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'import-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const command = (line: string): Promise<Captured> =>
  captured(line.replaceAll('@', `${folder}/`).split(' '), { signals: new EventEmitter() });

const network = buildModel('cnn_small', { classes: 10, inputShape: [1, 28, 28], bn: true });
const numbers = initialize(network, createRng(1));

beforeAll(() => {
  exportNetwork({ network, numbers }, 'onnx', join(folder, 'net.onnx'));
  const tensors = torchKeys(network).map(
    ({ key, torchKey, shape }) => [torchKey, { shape, data: numbers[key] }] as const,
  );
  writeFileSync(join(folder, 'net.pth'), encodeTorch(new Map(tensors)));
});

describe('certprune import', () => {
  it('keeps an ONNX network, and says what it found within 80 columns', async () => {
    const { code, out } = await command('import @net.onnx --as @kept');
    expect(code).toBe(0);
    for (const words of ['28', 'conv', 'agrees with ONNX Runtime', 'not trained: running mean', 'init='])
      expect(out).toContain(words);
    for (const line of out.split('\n').filter((text) => !text.includes(folder)))
      expect(line.length).toBeLessThanOrEqual(80);
    expect(readFileSync(join(folder, 'kept/network.yaml'), 'utf8')).toContain('input: [ 1, 28, 28 ]');
    expect(existsSync(join(folder, 'kept/weights.safetensors'))).toBe(true);
    const again = await command('import @net.onnx --as @kept');
    expect(again).toMatchObject({ code: 1, out: '' });
    expect(again.err).toMatch(/holds a network already/);
    expect((await command('import @net.onnx --as @kept --force --json')).code).toBe(0);
  });

  it('shows an architecture that was told by names and shapes, and takes it only when it is confirmed', async () => {
    const guess = await command('import @net.pth --as @guess');
    expect(guess.code).toBe(1);
    expect(guess.out).toMatch(/conv1 .*conv: /);
    expect(guess.err).toMatch(/is a guess.*--yes.*--model/s);
    expect(existsSync(join(folder, 'guess'))).toBe(false);
    expect((await command('import @net.pth --as @guess --yes')).code).toBe(0);
    expect((await command('import @net.pth --as @named --model cnn_small')).code).toBe(0);
    const [one, other] = ['guess', 'named'].map((name) =>
      readFileSync(join(folder, name, 'weights.safetensors')),
    );
    expect(one.length).toBe(other.length);
  });

  it.each([
    ['import @net.pth', /--as NAME/],
    ['import @nothing.pth --as @x', /nothing\.pth: there is no such file/],
    ['import @net.pth --as .. --yes', /--as \.\.: expected a name/],
    ['import @net.pth --as @x --model cnn_smal', /cnn_smal/],
    ['import @net.onnx --as @x --model cnn_small', /an ONNX file tells its architecture/],
    ['import @net.onnx --as @x --std 0', /--std 0: expected numbers above 0/],
    ['import @net.onnx --as @x --input 3xa', /--input 3xa: expected sizes/],
    ['import @net.onnx --as @x --input 3x32x32', /takes 1×28×28/],
  ])('%s is refused', async (line, message) => {
    const { code, err } = await command(line);
    expect(code).toBe(1);
    expect(err).toMatch(message);
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });
});
