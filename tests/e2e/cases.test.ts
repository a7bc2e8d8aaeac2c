/**
 * Inputs that were once answered wrongly, and the answers that are right (reference data `cases`): one test a kind. The
 * truth was found with plain ONNX Runtime, exact arithmetic or PyTorch; `cases/README.md` says how.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import { command, type Ended } from './command.testing.ts';

const cases = sharedPath('cases');
const scratch = mkdtempSync(join(tmpdir(), 'certprune-cases-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** `certprune verify …`, where `@` stands for the folder of the cases. */
const verify = (line: string): Promise<Ended> =>
  command(['verify', ...line.replaceAll('@', `${cases}/`).split(' ')]);

/** The first word of what a command printed; `refused` where it said what it did not understand. */
const answerOf = ({ code, out, err }: Ended): string => {
  if (code === 0) return out.split(/\s/)[0];
  return code === 1 && !err.includes('internal error') ? 'refused' : 'broken';
};

/** What is read of an image's answer. */
interface Image {
  readonly result: string;
  readonly prediction: number;
}

/** One instance: what it is called, model, property, the answers that are right, further options. */
type Instance = readonly [
  kind: string,
  onnx: string,
  vnnlib: string,
  right: readonly string[],
  more?: string,
];

/**
 * `open` answers are right where float32 and the reals disagree: nothing is to be claimed there. All wrong answers were
 * given by the bounds of the root, in seconds: the limits are short.
 */
const open = ['unknown', 'timeout'];
const instances: readonly Instance[] = [
  ['a bound that is not finite', 'overflow/max.onnx', 'overflow/le1.vnnlib', ['sat']],
  ['a bound that is not finite, other side', 'overflow/max.onnx', 'overflow/ge1.vnnlib', ['sat']],
  ['tiny intervals', 'tiny-intervals/net1.onnx', 'tiny-intervals/prop1.vnnlib', ['sat', ...open]],
  [
    'small weights in integer programs',
    'mip-small-weights/net.onnx',
    'mip-small-weights/prop.vnnlib',
    ['sat', ...open],
    '--method mip',
  ],
  [
    'rounding that is not independent',
    'systematic-rounding/net.onnx',
    'systematic-rounding/prop.vnnlib',
    ['sat', ...open],
    '--timeout 30',
  ],
  ...['chainconst-unit-80', 'gemm2-bl-3e15', 'relu2-bl', 'half-denormal-1', 'intercepts-pool-k64-110.0'].map(
    (name): Instance => [
      `errors that nobody counted: ${name}`,
      `floats/${name}.onnx`,
      `floats/${name}.vnnlib${name.startsWith('intercepts') ? '.gz' : ''}`,
      ['sat', ...open],
      '--timeout 10',
    ],
  ),
  // Real arithmetic proves these two; float32 computes 0, a counterexample on ONNX Runtime.
  ...['detect-gemm-200-0.1', 'addsub24'].map((name): Instance => [
    `float32 that differs from the reals: ${name}`,
    `floats/${name}.onnx`,
    `floats/${name}.vnnlib`,
    ['sat', ...open],
    '--timeout 10',
  ]),
  ['Cast to float16', 'import/f16.onnx', 'import/f16_le.vnnlib', ['sat', 'refused']],
  ['constant Cast to bool', 'import/castbool.onnx', 'import/castbool.vnnlib', ['sat']],
  ['constants folded in f64', 'import/fold64.onnx', 'import/fold64.vnnlib', ['sat', 'refused']],
  ['Clip bounds beyond 1e30', 'import/clip31.onnx', 'import/clip31.vnnlib', ['sat']],
  ["Mod's fmod", 'import/fmod.onnx', 'import/fmod.vnnlib', ['sat', 'refused']],
  ['large constants, proved', 'large-constants/clip_-1e7_1e7.onnx', 'large-constants/ge.vnnlib', ['unsat']],
  ['large constants, falsified', 'large-constants/clip_-1e7_1e7.onnx', 'large-constants/le.vnnlib', ['sat']],
  ['a point box', 'point-box/third.onnx', 'point-box/gt0.vnnlib', ['unsat', 'unknown']],
  ['relations between inputs: order', 'input-relations/net.onnx', 'input-relations/order.vnnlib', ['unsat']],
  [
    'relations between inputs: a sum',
    'input-relations/net.onnx',
    'input-relations/sum_unsat.vnnlib',
    ['unsat'],
  ],
  ['relations that exclude all', 'input-relations/net.onnx', 'input-relations/empty.vnnlib', ['unsat']],
  ['an empty box', 'input-relations/net.onnx', 'vnnlib-syntax/empty-box.vnnlib', ['unsat']],
  [
    'strict comparison at equality',
    'strict-ties/dead.onnx',
    'strict-ties/lt.vnnlib',
    ['unsat'],
    '--timeout 10',
  ],
  ['foreign wire types', 'security/wire-type.onnx', 'security/property.vnnlib', ['sat', 'refused']],
  ['a model that gives NaN', 'operations/nan_model.onnx', 'point-box/gt0.vnnlib', ['refused']],
];

/** Questions that are refused: what they are called, the words behind `verify`, what is said. */
type Form = readonly [kind: string, words: string, says: RegExp];

const image = '--labels @image-range/label0.npy --epsilon 0.1';
const forms: readonly Form[] = [
  [
    'an image above the range',
    `--onnx @image-range/falling.onnx --dataset @image-range/x1.2.npy ${image}`,
    /1\.2/,
  ],
  [
    'an image above the range, l2',
    `--onnx @image-range/falling.onnx --dataset @image-range/x1.2.npy ${image} --norm 2`,
    /1\.2/,
  ],
  [
    'an image with NaN',
    `--onnx @image-range/falling.onnx --dataset @image-range/nan.npy ${image}`,
    /is NaN|NaN at|holds NaN|a NaN/i,
  ],
  [
    'activations guessed',
    '--pth @pth-guessed/tanh_mlp.pth --dataset @pth-guessed/x.npy --labels @pth-guessed/label0.npy --epsilon 0.01',
    /--model/,
  ],
];

describe.skipIf(cases === undefined)(
  `once answered wrongly${cases === undefined ? ' (skipped: no reference data)' : ''}`,
  () => {
    it.each(instances)('%s (%s, %s)', async (_, onnx, vnnlib, right, more = '--timeout 20') => {
      const ended = await verify(`--onnx @${onnx} --vnnlib @${vnnlib} ${more}`);
      expect(right, `${ended.out}\n${ended.err}`).toContain(answerOf(ended));
    });

    it.each(forms)('%s', async (_, words, says) => {
      const ended = await verify(words);
      expect(ended.err).toMatch(says);
      expect(answerOf(ended)).toBe('refused');
    });

    it('the order of tensors in a checkpoint', async () => {
      const images = '--dataset @pth-order/images.npy --labels @pth-order/labels.npy --epsilon 0 --json';
      const answers = await Promise.all(
        ['plain', 'pruned'].map((name) => verify(`--pth @pth-order/bn_${name}.pth ${images}`)),
      );
      for (const { code, out, err } of answers) {
        if (code !== 0) expect(err).toMatch(/--model/);
        else expect((JSON.parse(out) as Image[]).map(({ prediction }) => prediction)).toEqual([0, 0, 0]);
      }
    });

    it('robustness_type all-positive', async () => {
      const { out, err } = await verify('--abcrown @all-positive/c.yaml --json');
      expect((JSON.parse(out) as Image[])[0].result, err).toBe('sat');
    });

    it('pgd_order: input_bab', async () => {
      const ended = await verify('--abcrown @input-bab/c.yaml');
      expect(ended.out, ended.err).toMatch(/^unsat/);
    });

    it("a folder of the study's checkpoints", async () => {
      const ended = await verify(
        `--pth @study-checkpoints --dataset @study-checkpoints/x.npy --labels @study-checkpoints/labels.npy --epsilon 0.001 --end 2 --results ${scratch}/study`,
      );
      expect(ended.out, ended.err).toMatch(/00last\.model/);
      expect(ended.out).toMatch(/01last\.model/);
      expect(ended.code, ended.err).toBe(0);
    });
  },
);
