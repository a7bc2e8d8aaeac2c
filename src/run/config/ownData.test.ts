import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pictureBytes } from '../../data/own/pictures.testing.ts';
import { networkOf } from '../stages/setting.ts';
import { resolveConfig, toYaml } from './resolve.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-config-'));
  for (const name of ['a', 'b']) {
    mkdirSync(join(folder, 'pics', name), { recursive: true });
    for (let i = 0; i < 20; i++)
      writeFileSync(join(folder, 'pics', name, `${i}.png`), pictureBytes('colour.png'));
  }
  const line = (i: number): string => `${i},${i % 2},${i % 2}\n`;
  writeFileSync(
    join(folder, 't.csv'),
    `v,fixed,y\n${Array.from({ length: 40 }, (_, i) => line(i)).join('')}`,
  );
  writeFileSync(join(folder, 'study.yaml'), 'trainer: natural\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

const resolved = (text: string, ...overrides: string[]) =>
  resolveConfig({ text: `trainer: natural\n${text}`, origin: join(folder, 'study.yaml'), overrides });

describe('data of one’s own in a configuration', () => {
  it('lies beside the file, and tells the network its shape and classes', () => {
    const config = resolved('dataset: ./pics\narch: cnn_small\neps: 1/255');
    expect(config).toMatchObject({ dataset: join(folder, 'pics'), validationSize: 4 });
    expect(config.dataRecord).toMatchObject({
      shape: [3, 6, 8],
      classNames: ['a', 'b'],
      trainCount: 32,
      testCount: 8,
    });
    const network = networkOf(config);
    expect(network.inputShape).toEqual([3, 6, 8]);
    expect(network.layers[0]).toMatchObject({ kind: 'normalize', mean: config.dataRecord!.mean });
    expect(network.domain).toBeUndefined();
    expect(networkOf({ ...config, normalization: 'none' }).layers[0].kind).not.toBe('normalize');
  });

  it('keeps what was found, so that a run needs it only to read images', () => {
    const config = resolved(
      'dataset: t.csv\narch: mlp\neps: 2\nfixed_features: fixed\ndata_min: 0\ndata_max: [50, 1]',
    );
    expect(config.dataRecord).toMatchObject({
      lower: [0],
      upper: [50, 1],
      radii: [1, 0],
      featureNames: ['v', 'fixed'],
    });
    const saved = toYaml({ ...config, dataset: join(folder, 'gone.csv') });
    const again = resolveConfig({ text: saved, origin: 'saved', saved: true });
    expect(networkOf(again)).toEqual(networkOf(config));
    expect(networkOf(config).domain).toEqual({ lower: [0], upper: [50, 1], radii: [1, 0] });
  });

  it.each([
    ['dataset: pics', /"pics" is not available; expected one of: mnist, .*\.\/folder/],
    ['dataset: ./nowhere', /line 2, dataset: Cannot read the data .*nowhere: there is no such file/],
    ['dataset: mnist\nresize: 8', /line 3, resize: is for data of your own, but dataset is mnist/],
    ['dataset: ./pics\neps: 2', /eps: expected 0 to 1 for the norm inf/],
    ['dataset: t.csv\narch: cnn_small', /arch: Layer conv1 .* cannot take \[2\]/],
    ['dataset: t.csv\narch: mlp\naugment: crop_flip', /augment: expected auto or none/],
    ['dataset: t.csv\narch: mlp\nfixed_features: [1]\nnorm: 2', /norm: expected inf/],
    ['dataset: ./pics\ntest_share: 1', /its training part is empty/],
    ['dataset: t.csv\narch: mlp\neps_scale: -1', /eps_scale: -1: expected numbers from 0 on/],
    ['dataset: ./pics\ntest_share: 2', /test_share: expected/],
  ])('%j is refused', (text, message) => {
    expect(() => resolved(text)).toThrow(message);
  });

  it('of the command line lies in the current folder', () => {
    expect(() => resolved('', 'dataset=./pics-of-nobody')).toThrow(`Cannot read the data ${process.cwd()}`);
  });
});
