import { readFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { EventEmitter } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { decodeNpz } from '../../formats/npz.ts';
import { readSafetensors } from '../../formats/safetensors.ts';
import { initialize } from '../../nn/initialize.ts';
import { fullMasks, prunableKeys } from '../../prune/masks.ts';
import { pruneStep } from '../../prune/prune.ts';
import { maskNumbers } from '../../nn/masks.ts';
import { loadConfig } from '../../run/config/presets.ts';
import { fakeStages } from '../../run/fakeStages.testing.ts';
import { runPaths } from '../../run/paths.ts';
import { writeCheckpoint } from '../../run/stages/checkpointFile.ts';
import { networkOf } from '../../run/stages/setting.ts';
import { startCheckpoint } from '../../train/plan.ts';
import { captured, type Captured } from '../captured.testing.ts';

const folder = mkdtempSync(join(tmpdir(), 'compress-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const command = (line: string): Promise<Captured> =>
  captured(line.replaceAll('@', `${folder}/`).split(' '), {
    stages: async () => fakeStages(),
    signals: new EventEmitter(),
  });

beforeAll(async () => {
  const file = join(folder, 'study.yaml');
  const study =
    'trainer: fgsm\ndataset: mnist\narch: cnn_small\nscheduler_name: FixedScheduler\nepochs: 1\nprune_times: 2\n' +
    'verify: {when: never}\n';
  writeFileSync(file, study);
  await command('run --config @study.yaml --runs @ --no-report -q');
  const network = networkOf(loadConfig({ config: file }));
  const numbers = initialize(network, createRng(1));
  const context = { network, numbers, masks: fullMasks(network, prunableKeys(network)), rng: createRng(1) };
  const { masks } = await pruneStep(context, { method: 'l1-channel', rate: 0.5 });
  const checkpoint = startCheckpoint(maskNumbers(numbers, masks), masks);
  writeCheckpoint(runPaths(join(folder, 'study')).state(1).last, network, checkpoint);
});

describe('certprune compress', () => {
  it('writes the smaller network and reports what it saves', async () => {
    const { code, out, err } = await command('compress study --runs @ --images 40');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/State 1: 12 channels removed/);
    for (const title of ['parameters', 'multiplications', 'memory', 'latency']) expect(out).toContain(title);
    expect(existsSync(join(folder, 'study/states/01/compressed.onnx'))).toBe(true);
    const json = await command('compress @study --images 40 --keep-bn --out @small.onnx --json');
    const report = JSON.parse(json.out) as Record<string, Record<string, number>>;
    expect(report['after']['macs']).toBeLessThan(report['before']['macs']);
    expect(report['difference']).toBeLessThan(1e-5);
    expect(existsSync(join(folder, 'small.onnx'))).toBe(true);
  });

  it.each([
    ['compress study --runs @ --state 7', /no trained state 7. Trained states: 0, 1/],
    ['compress study --runs @ --state one', /number of a state/],
    ['compress study --runs @ --which first', /last or best/],
    ['compress study --runs @ --images 0', /whole number/],
    ['export study --runs @', /--onnx FILE/],
    ['export study --runs @ --npz @a.npz --keep-bn', /--compress/],
  ])('%s is refused', async (line, message) => {
    const { code, err } = await command(line);
    expect(code).toBe(1);
    expect(err).toMatch(message);
  });
});

describe('certprune export', () => {
  it('writes every kind, smaller where asked', async () => {
    expect((await command('export study --runs @ --npz @a.npz --onnx @a.onnx')).code).toBe(0);
    expect((await command('export study --runs @ --compress --safetensors @b.safetensors')).code).toBe(0);
    expect(decodeNpz(readFileSync(join(folder, 'a.npz'))).get('conv1.weight')!.shape[0]).toBe(8);
    const { tensors, metadata } = readSafetensors(join(folder, 'b.safetensors'));
    expect(tensors.get('conv2.weight')!.shape).toEqual([4, 8, 4, 4]);
    expect(metadata['architecture']).toContain('"outChannels"');
    expect(existsSync(join(folder, 'a.onnx'))).toBe(true);
  });
});
