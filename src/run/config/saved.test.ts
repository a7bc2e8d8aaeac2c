import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parameterCount } from '../../nn/parameters.testing.ts';
import { modelNames } from '../../nn/zoo/models.ts';
import { trainPlanOf } from '../stages/setting.ts';
import { readRunConfig } from '../runDirectory.ts';
import { runPaths } from '../paths.ts';
import { loadConfig } from './presets.ts';
import { resolveConfig, toYaml, type RunConfig } from './resolve.ts';

const folder = mkdtempSync(join(tmpdir(), 'saved-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What an earlier version saved: every key but `normalization`. */
function earlierRun(name: string, dataset: string, arch: string): string {
  const directory = join(folder, name);
  mkdirSync(directory);
  const text = toYaml(
    resolveConfig({ text: `trainer: fgsm\ndataset: ${dataset}\narch: cnn_small\nname: run`, origin: 'x' }),
  );
  writeFileSync(
    join(directory, 'config.yaml'),
    text.replace(/^normalization: .*\n/m, '').replace('arch: cnn_small', `arch: ${arch}`),
  );
  writeFileSync(join(directory, 'environment.json'), '{}');
  return directory;
}

const planOf = (config: RunConfig) => trainPlanOf(config, 0, 1);
const normalizationOf = (config: RunConfig) => planOf(config).network.layers[0];

describe('a saved run of an earlier version', () => {
  it('keeps its network, normalisation and augmentation', () => {
    const directory = earlierRun('cifar', 'cifar10', 'cifar_model');
    const config = readRunConfig(runPaths(directory));
    const { network, augment } = planOf(config);
    expect(network.name).toBe('cifar_model_16_32');
    expect(parameterCount(network)).toBe(215_014);
    expect(normalizationOf(config)).toMatchObject({ std: [0.2023, 0.1994, 0.201] });
    expect(augment).toEqual({ cropPadding: 4, horizontalFlip: true });
    // Read as a configuration, too: by `run DIRECTORY` and `run --config DIRECTORY/config.yaml`.
    expect(loadConfig({ config: join(directory, 'config.yaml') })).toEqual(config);
    const fashion = readRunConfig(runPaths(earlierRun('fashion', 'fashionMnist', 'cifar_model_deep')));
    expect(planOf(fashion).augment).toEqual({ cropPadding: 0, horizontalFlip: false });
  });

  it.each(['resnet110s', 'resnet20s', 'vgg16_bn', 'AlexNet', 'cnn_7layer_bn', 'cnn_b_adv', 'mlp', 'cnn7'])(
    '%s is a model that is still there',
    (arch) => {
      const { arch: found } = readRunConfig(runPaths(earlierRun(arch, 'mnist', arch)));
      expect(modelNames('trained')).toContain(found);
      expect(found === arch).toBe(['mlp', 'cnn7'].includes(arch));
    },
  );

  it('of MNIST is the same configuration as a new one', () => {
    const directory = earlierRun('mnist', 'mnist', 'cnn_small');
    const text = 'trainer: fgsm\ndataset: mnist\narch: cnn_small\nname: run';
    expect(readRunConfig(runPaths(directory))).toEqual(resolveConfig({ text, origin: 'x' }));
  });
});

describe('a new configuration', () => {
  it('means the study’s network and data', () => {
    const of = (dataset: string): RunConfig =>
      resolveConfig({ text: `trainer: fgsm\ndataset: ${dataset}\narch: cifar_model`, origin: 'x' });
    expect(parameterCount(planOf(of('cifar10')).network)).toBe(106_014);
    expect(normalizationOf(of('cifar10'))).toMatchObject({ std: [0.247, 0.2435, 0.2616] });
    expect(normalizationOf(of('cifar100'))).toMatchObject({ mean: [0.5071, 0.4866, 0.4409] });
    expect(normalizationOf(of('svhn'))).toMatchObject({ mean: [0, 0, 0], std: [1, 1, 1] });
    expect(planOf(of('fashionMnist')).augment).toEqual({ cropPadding: 4, horizontalFlip: true });
    const saved = toYaml(of('cifar10'));
    expect(resolveConfig({ text: saved, origin: 'x', saved: true })).toEqual(of('cifar10'));
  });
});
