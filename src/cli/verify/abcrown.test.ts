/** @file Configurations of α,β-CROWN, through the command, on small networks of our own. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { encodeNpy } from '../../formats/npy.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import { sharedPath } from '../../formats/shared.testing.ts';
import { toOnnx } from '../../nn/toOnnx.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import { diamondFolder } from '../../verify/files/smallFiles.testing.ts';
import { captured, type Captured } from '../captured.testing.ts';

vi.setConfig({ testTimeout: 90_000 });

/** Processes have tests of their own: `verifyingProcess.test.ts`, `checkpoints.test.ts` beside this one. */
vi.mock('../../verify/files/verifyingProcess.ts', async () => ({
  verifyingProcess: (await import('../../verify/files/inThisProcess.testing.ts')).inThisProcess,
}));

let files: ReturnType<typeof diamondFolder>;

/** y = (x0 + shift, x1 + shift): class 0 where x0 > x1. */
function shifted(name: string, shift: number): void {
  const network = sequential(name, [2]).linear(2).relu().linear(2).build();
  const [first, second] = network.layers.filter((layer) => layer.kind === 'linear');
  const identity = Float32Array.of(1, 0, 0, 1);
  const numbers = {
    [`${first.name}.weight`]: identity,
    [`${first.name}.bias`]: new Float32Array(2),
    [`${second.name}.weight`]: identity,
    [`${second.name}.bias`]: Float32Array.of(shift, shift),
  };
  files.write(`${name}.onnx`, encodeModel(toOnnx(network, numbers, { batch: 1 })));
}

beforeAll(() => {
  files = diamondFolder();
  shifted('positive', 0.5);
  shifted('negative', -2);
  files.write(
    'x.npy',
    encodeNpy({ dtype: 'float32', shape: [3, 2], data: Float32Array.of(0.8, 0.2, 0.6, 0.5, 0.2, 0.9) }),
  );
  files.write('y.npy', encodeNpy({ dtype: 'int64', shape: [3], data: BigInt64Array.of(0n, 0n, 0n) }));
});
afterAll(() => files.remove());

const verify = (yaml: string, ...argv: string[]): Promise<Captured> =>
  captured(['verify', '--abcrown', files.write('c.yaml', yaml), ...argv]);

/** The verdicts by image, of the results file. */
async function verdicts(yaml: string, ...argv: string[]): Promise<string[]> {
  const results = join(files.folder, 'results.csv');
  const { code, err } = await verify(yaml, '--results', results, ...argv);
  if (code !== 0) throw new Error(err);
  return readFileSync(results, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => `${line.split(',')[3]}${line.split(',')[4] === 'clean' ? ' clean' : ''}`);
}

const data = (model: string, more = ''): string =>
  `model: {onnx_path: ${model}.onnx}\ndata: {dataset: x.npy, end: 3}\n${more}`;

describe('certprune verify --abcrown', () => {
  it('asks one property and names what changes nothing', async () => {
    const { code, out, err } = await verify(
      'general: {conv_mode: matrix}\nmodel: {onnx_path: diamond.onnx}\nspecification: {vnnlib_path: unsafe.vnnlib}\nbab: {timeout: 60}\n',
    );
    expect({ code, out }).toEqual({ code: 0, out: 'sat\n' });
    expect(err.replaceAll(/\s+/g, ' ')).toContain('change nothing here: general.conv_mode');
    const unknown = await verify('model: {onnx_path: diamond.onnx}\nbab: {magic: 1}\n');
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('bab.magic is no key') });
  });

  it('asks for outputs that are all positive, whatever the label', async () => {
    const asked = 'specification: {robustness_type: all-positive, epsilon: 0.01}\n';
    expect(await verdicts(data('positive', asked))).toEqual(['verified', 'verified', 'verified']);
    expect(await verdicts(data('negative', asked))).toEqual(['falsified', 'falsified', 'falsified']);
    expect(await verdicts(data('positive', asked), '--targets', 'all')).toEqual([
      'verified',
      'verified',
      'falsified clean',
    ]);
  });

  it('asks for margins, or outputs, above a threshold', async () => {
    const margins = (thresh: number): string =>
      data('positive', `specification: {epsilon: 0.01}\nbab: {decision_thresh: ${thresh}}\n`);
    // The margins at the worst corner are .58, .08 and −.72.
    expect(await verdicts(margins(0))).toEqual(['verified', 'verified', 'falsified clean']);
    expect(await verdicts(margins(0.3))).toEqual(['verified', 'falsified', 'falsified clean']);
    expect(await verdicts(margins(0.6))).toEqual(['falsified', 'falsified', 'falsified clean']);
    const outputs = (thresh: number): string =>
      data(
        'positive',
        `specification: {robustness_type: all-positive, epsilon: 0.01}\nbab: {decision_thresh: ${thresh}}\n`,
      );
    expect(await verdicts(outputs(0.68))).toEqual(['verified', 'verified', 'verified']);
    expect(await verdicts(outputs(0.7))).toEqual(['falsified', 'verified', 'falsified']);
  });

  it('shows what it takes, and takes what the command line says instead', async () => {
    const yaml = data('positive', 'specification: {epsilon: 0.01}\nbab: {timeout: 50}\n');
    const { err } = await verify(yaml);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(
      'x.npy, images from 0 to 2, ' +
        `${join(files.folder, 'positive.onnx')}, radius 0.01 (inf), mean 0, std 1, 50 s an image`,
    );
    expect(await verdicts(yaml, '--epsilon', '0.2', '--start', '0', '--end', '2')).toEqual([
      'verified',
      'falsified',
    ]);
    expect((await verify(yaml, '--mode', 'clean-acc')).out).toContain('clean accuracy 66.7 %');
    expect(
      (await verify(yaml, '--mean', '0.5', '--std', '0.5', '--timeout', '30')).err.replaceAll(/\s+/g, ' '),
    ).toContain('mean 0.5, std 0.5, 30 s an image');
  });

  it('attacks within the search alone where it is asked to', async () => {
    const { out } = await verify(
      'model: {onnx_path: diamond.onnx}\nspecification: {vnnlib_path: safe.vnnlib}\nattack: {pgd_order: input_bab}\n' +
        'bab: {timeout: 60, branching: {input_split: {enable: true}}}\n',
    );
    expect(out).toBe('unsat\n');
  });

  it('names every file that is lacking, and what to give instead', async () => {
    const yaml = 'model: {name: cnn_4layer, path: models/a.pth}\ndata: {dataset: CIFAR_SDP}\n';
    const { code, err } = await verify(yaml);
    expect(code).toBe(1);
    for (const part of ['models/a.pth', '--pth', 'datasets/sdp/cifar/X_sdp.npy', '--dataset and --labels'])
      expect(err).toContain(part);
    const load = await verify(
      yaml,
      '--load',
      join(files.folder, 'b.pth'),
      '--dataset',
      join(files.folder, 'x.npy'),
    );
    expect(load.err).toContain(join(files.folder, 'b.pth'));
    expect(load.err).not.toContain('X_sdp');
    expect((await verify(yaml, '--load', 'a', '--pth', 'b')).err).toContain('--load and --pth are the same');
  });
});

const cases = sharedPath('cases');

describe.skipIf(cases === undefined)('reference configurations', () => {
  it.each([
    ['all-positive/c.yaml', /0 verified, 1 falsified/],
    ['input-bab/c.yaml', /^unsat$/m],
  ])('%s', async (name, expected) => {
    const { code, out } = await captured(['verify', '--abcrown', join(cases!, name), '--timeout', '80']);
    expect(code).toBe(0);
    expect(out).toMatch(expected);
  });
});
