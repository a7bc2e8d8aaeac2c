import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { exportNetwork } from '../../nn/exportNetwork.ts';
import { initialize } from '../../nn/initialize.ts';
import { maskNumbers, type Masks } from '../../nn/masks.ts';
import { readNetwork } from '../../nn/notation/read.ts';
import { resolveConfig, toYaml, type RunConfig } from '../config/resolve.ts';
import { networkOf } from '../stages/setting.ts';
import { readInitialWeights } from './initialWeights.ts';
import { writeNetworkFolder } from './networkFolder.ts';

const folder = mkdtempSync(join(tmpdir(), 'own-network-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entries = [{ conv: 4, kernel: 4, stride: 4 }, 'bn', 'relu', 'flatten', { linear: 10 }];
const network = readNetwork({ layers: entries, inputShape: [1, 28, 28], name: 'mine' });
const fresh = initialize(network, createRng(1));
const masks: Masks = { 'conv1.weight': Uint8Array.from(fresh['conv1.weight'], (_, i) => i % 2) };
const numbers = maskNumbers(fresh, masks);

beforeAll(() => {
  writeNetworkFolder(join(folder, 'mine'), network, { numbers, masks });
  exportNetwork({ network, numbers }, 'pth', join(folder, 'mine.pth'));
});

const resolve = (lines: string, overrides: string[] = []): RunConfig =>
  resolveConfig({
    text: `name: a\ntrainer: natural\ndataset: mnist\n${lines}`,
    origin: 'study.yaml',
    folder,
    overrides,
  });

describe('a configuration', () => {
  it('takes layers, behind the data set’s normalisation', () => {
    const config = resolve(`arch: ${JSON.stringify(entries)}`);
    expect(networkOf(config).layers.map(({ kind }) => kind)).toEqual(
      'normalize conv2d batchNorm2d relu flatten linear'.split(' '),
    );
    expect(resolveConfig({ text: toYaml(config), origin: 'again', saved: true })).toEqual(config);
  });

  it('takes a network that was imported, as it is, with its weights and masks', () => {
    for (const name of ['mine', './mine', join(folder, 'mine')]) {
      const config = resolve(`init: ${name}`);
      expect(networkOf(config).layers).toEqual(network.layers);
      const weights = readInitialWeights(config.init!, networkOf(config), false);
      expect(weights.masks).toEqual(masks);
      expect(weights.numbers).toEqual(numbers);
      expect(resolveConfig({ text: toYaml(config), origin: 'again', saved: true })).toEqual(config);
    }
  });

  it('takes zeros as masks on request', () => {
    const config = resolve(`arch: mine\ninit: mine.pth\nkeep_zeros: true`);
    expect(readInitialWeights(config.init!, networkOf(config), false).masks).toEqual({});
    expect(readInitialWeights(config.init!, networkOf(config), true).masks).toEqual(masks);
  });

  it('is refused weights that have changed, or are another network’s', () => {
    writeFileSync(join(folder, 'other.pth'), 'x');
    const config = resolve('init: mine.pth\narch: mine');
    expect(() => readInitialWeights({ ...config.init!, sha256: '0' }, network, false)).toThrow(
      /have changed since/,
    );
    const zoo = resolve('init: mine.pth\narch: cnn_small');
    expect(() => readInitialWeights(zoo.init!, networkOf(zoo), false)).toThrow(
      /mine\.pth: .*(fit|layers|left over)/,
    );
  });

  it.each<[string, RegExp]>([
    [`arch: [{conv: 4, kernel: 3}, relu, {conv: 4}]`, /line 4, arch: layer 3: conv needs "kernel"/],
    ['arch: [flatten, {linear: 11}]', /11 outputs, and the data set 10 classes/],
    ['arch: [{conv: 4, kernel: 3}]', /not in one row of logits: end it with flatten/],
    ['arch: {layers: 3}', /layers: expected a list of layers, got 3/],
    ['arch: {layer: []}', /an architecture has no "layer"/],
    ['arch: ./nothing', /there is no network \.\/nothing/],
    ['arch: cnn_smal', /"cnn_smal" is not available.*did you mean "cnn_small"/],
    ['init: nothing', /there are no weights "nothing"/],
    ['init: mine\ndataset: cifar10', /takes 1×28×28, and the images of the data set are 3×32×32/],
    ['init: mine\nbn: false', /bn: has no effect/],
    ['keep_zeros: true', /keep_zeros: belongs to init/],
    ['init: mine\ninitialization: fast_ibp', /initialization: has no effect beside init/],
  ])('%s is refused', (lines, message) => {
    const text = lines.includes('dataset') ? lines : `dataset: mnist\n${lines}`;
    expect(() =>
      resolveConfig({ text: `name: a\ntrainer: natural\n${text}`, origin: 'study.yaml', folder }),
    ).toThrow(message);
  });
});
