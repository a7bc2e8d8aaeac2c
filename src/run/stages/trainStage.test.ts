import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../data/dataset.ts';
import { createRng } from '../../data/rng.ts';
import { initialize } from '../../nn/initialize.ts';
import { maskNumbers } from '../../nn/masks.ts';
import { fullMasks, prunableKeys } from '../../prune/masks.ts';
import { pruneStep } from '../../prune/prune.ts';
import { startCheckpoint } from '../../train/plan.ts';
import { resolveConfig } from '../config/resolve.ts';
import { runPaths } from '../paths.ts';
import { writeCheckpoint } from './checkpointFile.ts';
import { networkOf } from './setting.ts';
import { trainStage } from './trainStage.ts';

const config = resolveConfig({
  text: 'trainer: natural\ndataset: mnist\narch: cnn_small\nscheduler_name: FixedScheduler\nepochs: 1\nbatch_size: 8',
  origin: 'study.yml',
  overrides: [],
});
const network = networkOf(config);
const noise: Dataset = {
  name: 'noise',
  images: Uint8Array.from(createRng('pixels').permutation(24 * 784), (v) => v % 256),
  labels: Int32Array.from({ length: 24 }, (_, i) => i % 10),
  shape: [1, 28, 28],
  classes: 10,
  classNames: Array.from({ length: 10 }, (_, i) => String(i)),
  mean: [0.13],
  std: [0.31],
};

const folder = mkdtempSync(join(tmpdir(), 'train-stage-'));
const stage = trainStage(() => ({ train: noise, validation: noise, test: noise, files: {} }), 1);
afterAll(async () => {
  await stage.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the train stage', () => {
  it('tells how the weights of a state are distributed, and what it shrinks to', async () => {
    const numbers = initialize(network, createRng(1));
    const whole = fullMasks(network, prunableKeys(network));
    const context = { network, numbers, masks: whole, rng: createRng(1) };
    const { masks } = await pruneStep(context, { method: 'l1-channel', rate: 0.5 });
    const files = runPaths(folder).state(1);
    mkdirSync(files.folder, { recursive: true });
    writeCheckpoint(files.init, network, startCheckpoint(maskNumbers(numbers, masks), masks));
    const { weights, compressed } = await stage.train(
      { config, state: 1, states: 2, files },
      {
        signal: new AbortController().signal,
        progress: () => undefined,
        epochDone: async () => undefined,
      },
    );
    expect(weights!.map(({ name }) => name)).toEqual(['conv1', 'conv2', 'fc1', 'fc2']);
    for (const { name, counts } of weights!.slice(0, 2))
      expect(counts.reduce((n, v) => n + v, 0)).toBe(masks[`${name}.weight`].reduce((n, v) => n + v, 0));
    expect(compressed!.channels).toBe(12);
    expect(compressed!.after.macs).toBeLessThan(0.6 * compressed!.before.macs);
  });
});
