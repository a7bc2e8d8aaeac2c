import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import type { Dataset } from '../../data/dataset.ts';
import { initialize } from '../../nn/initialize.ts';
import { fullMasks, isNarrower, prunableKeys } from '../../prune/masks.ts';
import { startCheckpoint } from '../../train/plan.ts';
import { resolveConfig } from '../config/resolve.ts';
import type { RunConfig } from '../config/schema.ts';
import { runPaths } from '../paths.ts';
import { planStates } from '../plan.ts';
import { readCheckpoint, writeCheckpoint } from './checkpointFile.ts';
import { pruneStage } from './pruneStage.ts';
import { networkOf } from './setting.ts';

const study = `trainer: fgsm
dataset: mnist
arch: cnn_small
bn: true
scheduler_name: FixedScheduler
batch_size: 8
rate: 0.3
prune: {images: 16}
hydra: {epochs: 1, decreasing_lr: []}
`;
const configOf = (...overrides: string[]): RunConfig =>
  resolveConfig({ text: study, origin: 'study.yml', overrides });

const train: Dataset = {
  name: 'noise',
  images: Uint8Array.from(createRng('pixels').permutation(24 * 784), (v) => v % 256),
  labels: Int32Array.from({ length: 24 }, (_, i) => i % 10),
  shape: [1, 28, 28],
  classes: 10,
  classNames: Array.from({ length: 10 }, (_, i) => String(i)),
  mean: [0.13],
  std: [0.31],
};
/** Whoever looks at the test images fails. */
const data = () => ({
  train,
  validation: train,
  files: {},
  get test(): Dataset {
    throw new Error('the test images were read');
  },
});
const context = { signal: new AbortController().signal, progress: () => undefined };

const folder = mkdtempSync(join(tmpdir(), 'prune-stage-'));
const paths = runPaths(folder);
const network = networkOf(configOf());
const weights = (seed: number) => initialize(network, createRng(seed));
beforeAll(() => {
  const full = fullMasks(network, prunableKeys(network));
  for (const state of [0, 1, 2]) mkdirSync(paths.state(state).folder, { recursive: true });
  const { init, rewind, best, last, dense } = paths.state(0);
  [init, rewind, best, last, dense].forEach((path, seed) =>
    writeCheckpoint(path, network, startCheckpoint(weights(seed), full)),
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The record and checkpoint of state k's pruning. */
async function prunedState(config: RunConfig, state: number) {
  const planned = planStates(config, paths)[state];
  const to = paths.state(state).init;
  const task = { config, state, states: 3, ...planned.prune!, to };
  const report = await pruneStage(data, 1).prune(task, context);
  return { report, checkpoint: readCheckpoint(to, network) };
}

describe('the prune stage', () => {
  it.each([
    ['lt', 0],
    ['rewind_lt', 1],
    ['pt', 2],
    ['finetune', 3],
  ])('%s starts with exactly the stored weights, pruned ones 0', async (type, seed) => {
    const { report, checkpoint } = await prunedState(configOf(`prune_type=${type}`), 1);
    const stored = weights(seed);
    for (const [key, values] of Object.entries(stored)) {
      const mask = checkpoint.masks[key];
      expect([...checkpoint.numbers[key]]).toEqual([...values].map((v, i) => (mask?.[i] === 0 ? 0 : v)));
    }
    expect(report.removed).toBe(report.asked);
    expect(checkpoint.epoch).toBe(0);
    expect(checkpoint.optimizer).toEqual({});
  });

  it.each(['l1unstruct', 'omp', 'snip', 'hydra', 'slim', 'refill', 'nrs'])(
    '%s prunes twice from training images alone, the second time narrower',
    async (method) => {
      const config = configOf(`prune_method=${method}`);
      const first = await prunedState(config, 1);
      writeCheckpoint(paths.state(1).last, network, first.checkpoint);
      const second = await prunedState(config, 2);
      const keys = Object.keys(second.checkpoint.masks);
      const before = { ...fullMasks(network, keys), ...first.checkpoint.masks };
      expect(isNarrower(second.checkpoint.masks, before)).toBe(true);
      expect(second.report.remainRatio).toBeLessThan(first.report.remainRatio);
      expect(second.report.layers.map((l) => l.name)).toEqual(['conv1', 'conv2']);
    },
  );

  it('scores follow the regularisers of the run unless told otherwise', async () => {
    const masksOf = async (...overrides: string[]) =>
      (await prunedState(configOf('prune_method=snip', ...overrides), 1)).checkpoint.masks;
    const plain = await masksOf();
    const heavy = ['rs_reg=1', 'rs_weight=5', 'l1_weight=0.1'];
    expect(await masksOf(...heavy)).not.toEqual(plain);
    expect(await masksOf(...heavy, 'prune.scores=objective')).toEqual(plain);
  });

  it('one-shot prunes the fresh weights; linear layers and patterns where asked', async () => {
    const oneShot = configOf('one_shot=true', 'prune_method=snip', 'prune.linear=true');
    const { report, checkpoint } = await prunedState(oneShot, 0);
    expect(report.layers.map((l) => l.name)).toEqual(['conv1', 'conv2', 'fc1', 'fc2']);
    expect(checkpoint.numbers['conv1.weight'].filter((v) => v !== 0).length).toBeLessThan(128);
    const { report: pattern } = await prunedState(configOf('prune.granularity=nm'), 1);
    expect(pattern.layers[1]).toMatchObject({ name: 'conv2', kept: pattern.layers[1].total / 2 });
  });

  it('methods that act during training have a single state', () => {
    expect(planStates(configOf('prune_method=gmp', 'prune_times=5'), paths)).toHaveLength(1);
  });
});
