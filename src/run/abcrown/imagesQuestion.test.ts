import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { models } from '../../nn/zoo/models.ts';
import { appliedKeys, handlingOf, harmlessKeys, refusedKeys } from './keys.ts';
import type { ImagesAsked } from './imagesQuestion.ts';
import { readAbcrown, type AbcrownRequest } from './request.ts';
import { configurations } from './studyConfigurations.testing.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'study-'));
  mkdirSync(join(folder, 'exp_configs'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Reads a configuration that lies, as the study's do, in a subfolder of the verifier's. */
function read(yaml: string, given = {}): AbcrownRequest {
  const path = join(folder, 'exp_configs', 'study.yaml');
  writeFileSync(path, yaml);
  return readAbcrown(path, given);
}

function images(yaml: string, given = {}): ImagesAsked {
  const { question } = read(yaml, given);
  if (question.kind !== 'images') throw new Error(`a question about images, not: ${question.kind}`);
  return question;
}

describe("the study's verification configurations", () => {
  it('are all of them', () => {
    expect(configurations).toHaveLength(44);
    expect(new Set(configurations.map(({ name }) => name)).size).toBe(44);
  });

  it.each(configurations)('$name: $network, $dataset', (one) => {
    const { name, network, dataset, mode = 'verified-acc', more = '', epsilon, lacks } = one;
    const yaml = [
      more.includes('general:') ? '' : `general: {mode: ${mode}}`,
      `model: {name: ${network}, path: models/${network}.pth}`,
      more.includes('data:') ? '' : `data: {dataset: ${dataset}}`,
      epsilon === undefined ? '' : `specification: {epsilon: ${epsilon}}`,
      more,
    ].join('\n');
    mkdirSync(join(folder, 'models'), { recursive: true });
    expect(models.names()).toContain(network);
    const weights = join(folder, 'models', `${network}.pth`);
    writeFileSync(weights, '');
    const asked = images(yaml);
    const [over, under = '1'] = (epsilon ?? '').split('/');
    expect(asked).toMatchObject({
      subject: { kind: 'torch', path: weights, choices: { model: network } },
      start: one.range[0],
      end: one.range[1],
      depth: mode === 'crown-acc' ? 'bounds' : mode === 'clean-acc' ? 'clean' : 'complete',
      ...(one.std && { normalization: { std: one.std } }),
    });
    expect(asked.dataset).toBe(one.source);
    expect(asked.epsilon).toBe(
      one.radius ?? (epsilon === undefined ? undefined : Number(over) / Number(under)),
    );
    expect(asked.lacking).toEqual({
      ...(lacks !== undefined && { images: expect.stringContaining(lacks) }),
      ...(name.startsWith('OVAL') && { properties: expect.stringContaining('_100.pkl') }),
    });
    expect(read(yaml).limits.timeoutSeconds).toBe(Number(/timeout: (\d+)/.exec(more)?.[1] ?? 360));
  });

  it('find images that lie beside them or above', () => {
    mkdirSync(join(folder, 'datasets/sdp/cifar'), { recursive: true });
    for (const name of ['X_sdp', 'y_sdp']) writeFileSync(join(folder, `datasets/sdp/cifar/${name}.npy`), '');
    const asked = images('model: {name: cnn_4layer, path: a.pth}\ndata: {dataset: CIFAR_SDP}\n');
    expect(asked).toMatchObject({
      dataset: join(folder, 'datasets/sdp/cifar/X_sdp.npy'),
      labels: join(folder, 'datasets/sdp/cifar/y_sdp.npy'),
      lacking: { model: expect.stringContaining('a.pth') },
    });
    expect(asked.normalization?.std[0]).toBeCloseTo(63 / 255, 9);
  });
});

describe('what a configuration asks about images', () => {
  const model = 'model: {onnx_path: a.onnx}\n';

  it.each(['FashionMNIST', 'FASHION_MNIST', 'fashion-mnist', 'Fashion_MNIST'])('knows %s', (name) => {
    expect(images(`${model}data: {dataset: ${name}}\n`).dataset).toBe('fashionMnist');
  });

  it('all outputs positive is no question about labels', () => {
    const asked = images(
      `${model}data: {dataset: MNIST}\nspecification: {robustness_type: all-positive, epsilon: 0.1}\n`,
    );
    expect(asked).toMatchObject({ targets: 'all-positive', threshold: 0 });
  });

  it('a threshold of margins', () => {
    const asked = (thresh: string): AbcrownRequest =>
      read(`${model}data: {dataset: MNIST}\nbab: {decision_thresh: ${thresh}}\n`);
    expect(asked('0.25').question).toMatchObject({ threshold: 0.25 });
    expect(asked('-2').question).toMatchObject({ threshold: -2 });
    expect(asked('.inf').question).toMatchObject({ threshold: 1e30 });
    expect(asked('.inf').warnings).toEqual([expect.stringContaining('nothing is verified')]);
  });

  it('images by number, from a file of numbers too', () => {
    writeFileSync(join(folder, 'ids.txt'), '3, 5;7\n11 13\n');
    expect(
      images(`${model}data: {dataset: MNIST, data_idx_file: ids.txt, start: 1, end: 4}\n`).select,
    ).toEqual([5, 7, 11]);
    expect(images(`${model}data: {dataset: MNIST, select_instance: [4, 2]}\n`).select).toEqual([4, 2]);
    expect(() => images(`${model}data: {dataset: MNIST, data_idx_file: none.txt}\n`)).toThrow(
      'there is no file none.txt',
    );
  });

  it('what its loaders take whatever is written, and that is said', () => {
    const { question, warnings } = read(
      `${model}data: {dataset: MNIST_ERAN, mean: [0.0], std: [1.0]}\nspecification: {epsilon: 0.1}\n`,
    );
    expect(question).toMatchObject({ normalization: { mean: [0.1307], std: [0.3081] } });
    expect(warnings).toEqual([expect.stringContaining('data.mean, data.std')]);
    const sample = read(`${model}data: {dataset: CIFAR_SAMPLE}\nspecification: {epsilon: 0.3}\n`);
    expect(sample.question).toMatchObject({ epsilon: 2 / 255 });
    expect(sample.warnings).toEqual([expect.stringContaining('specification.epsilon: 0.3')]);
    const fashion = images(`${model}data: {dataset: FashionMNIST, mean: [0], std: [1]}\n`);
    expect(fashion.normalization).toEqual({ mean: [0], std: [1] });
  });

  it('steps of the attack in the units of the network', () => {
    const { limits } = read(
      `${model}data: {dataset: MNIST_ERAN}\nspecification: {epsilon: 0.1}\nattack: {pgd_alpha: 0.05}\n`,
    );
    expect(limits.choices?.strongAttack?.relativeStep).toBeCloseTo((0.05 * 0.3081) / 0.1, 9);
  });

  it('what a lower line, shared slopes and the search are told', () => {
    const { limits, warnings } = read(`${model}
solver: {bound_opts: same-slope, alpha-crown: {share_slopes: true, no_joint_opt: true}}
attack: {pgd_order: input_bab, pgd_restarts: 7}
bab: {max_domains: 99, branching: {candidates: 5, reduceop: max}}
`);
    expect(warnings).toEqual([]);
    expect(limits.choices).toMatchObject({
      relaxation: 'same-slope',
      sharedAlpha: true,
      intermediateIterations: 0,
      maxDomains: 99,
      branching: 'kfsb',
      branchingDetails: { candidates: 5, reduce: 'max' },
      cheapAttack: { restarts: 0 },
      strongAttack: { restarts: 7 },
    });
  });

  it('what the command line lays over it', () => {
    const file = fileURLToPath(import.meta.url);
    const asked = images(`model: {name: 'Customized("a", "b")', path: gone.pth}\ndata: {dataset: MNIST}\n`, {
      pth: file,
      model: 'cnn_small',
    });
    expect(asked).toMatchObject({
      subject: { path: file, choices: { model: 'cnn_small' } },
      lacking: {},
    });
  });
});

describe('the keys', () => {
  it('are met in one way each', () => {
    for (const key of appliedKeys) expect(handlingOf(key)).toBe('applied');
    for (const key of Object.keys(refusedKeys)) expect(handlingOf(key)).toBe('refused');
    for (const key of harmlessKeys) expect(handlingOf(key.replace('*', 'x'))).toBe('harmless');
    expect(handlingOf('bab.cut.biccos.enabled')).toBe('harmless');
    expect(handlingOf('general.bound_opts.relu')).toBe('applied');
    expect(handlingOf('bab.tmeout')).toBe('unknown');
  });
});
