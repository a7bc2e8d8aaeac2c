import { describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { sharedPath } from '../../formats/shared.testing.ts';
import { parseVnnlib, readVnnlib } from '../../formats/vnnlib/read.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import { readOnnxNetwork } from '../../nn/import/importOnnx.ts';
import { sequential } from '../../nn/zoo/sequential.ts';
import type { VerifyOptions } from '../verifyOptions.ts';
import { verify } from './verifyNetwork.ts';

const withoutAttack = {
  cheapAttack: { steps: 1, restarts: 0, relativeStep: 1 },
  strongAttack: { steps: 1, restarts: 0, relativeStep: 1 },
} as const;

const ways: Readonly<Record<string, VerifyOptions>> = {
  default: {},
  bab: { inputSplit: false },
  mip: { method: 'mip' },
  'bab-refine': { method: 'bab-refine' },
};

type Layer = readonly [weight: readonly (readonly number[])[], bias: readonly number[]];

/** Affine layers with ReLU between them. */
function relus(...layers: readonly Layer[]): NumberedNetwork {
  let builder = sequential('small', [layers[0][0][0].length]);
  layers.forEach(([, bias], k) => {
    builder = builder.linear(bias.length);
    if (k < layers.length - 1) builder = builder.relu();
  });
  const network = builder.build();
  const names = network.layers.filter((l) => l.kind === 'linear').map((l) => l.name);
  return {
    network,
    numbers: Object.fromEntries(
      names.flatMap((name, k) => [
        [`${name}.weight`, Float32Array.from(layers[k][0].flat())],
        [`${name}.bias`, Float32Array.from(layers[k][1])],
      ]),
    ),
  };
}

const declared = (inputs: number, low: number, high: number): string =>
  Array.from(
    { length: inputs },
    (_, i) => `(declare-const X_${i} Real)(assert (<= ${low} X_${i} ${high}))`,
  ).join('') + '(declare-const Y_0 Real)';

const verdictOf = async (network: NumberedNetwork, text: string, options: VerifyOptions = {}) =>
  (await verify(network, parseVnnlib(text), { threads: 1, timeoutSeconds: 15, ...options })).verdict;

describe.each(Object.entries(ways))('by %s', (_, way) => {
  /** A spike of height 1 at .3141592, the first layer in other units than the second. */
  const spike = (unit: number) =>
    relus(
      [
        [[200 * unit], [-200 * unit]],
        [-62.83184 * unit, 62.83184 * unit],
      ],
      [[[-1 / unit, -1 / unit]], [1]],
      [[[1]], [0]],
    );

  it.each([1, 1e-9, 1e-30, 1e9, 1e30])('a spike is not proved away in units of %f', async (unit) => {
    const options = { ...way, ...withoutAttack };
    expect(
      (await verdictOf(spike(unit), `${declared(1, -1, 1)}(assert (>= Y_0 0.5))`, options)).kind,
    ).not.toBe('verified');
    expect(
      (await verdictOf(spike(unit), `${declared(1, -1, 1)}(assert (>= Y_0 1.5))`, options)).kind,
    ).not.toBe('falsified');
  });

  it('boxes of one point, whole or in part, are answered', async () => {
    const network = relus(
      [
        [
          [1, 1],
          [1, -1],
        ],
        [0, 0],
      ],
      [[[1, 2]], [-0.5]],
    );
    const at = (x1: string, bound: number) =>
      `(declare-const X_0 Real)(declare-const X_1 Real)(declare-const Y_0 Real)
       (assert (= X_0 0.5))(assert ${x1})(assert (>= Y_0 ${bound}))`;
    expect((await verdictOf(network, at('(= X_1 0.25)', 0.74), way)).kind).toBe('falsified');
    expect((await verdictOf(network, at('(= X_1 0.25)', 0.76), way)).kind).toBe('verified');
    expect((await verdictOf(network, at('(<= 0 X_1 1)', 1.01), way)).kind).toBe('verified');
    expect((await verdictOf(network, at('(<= 0 X_1 1)', 0.9), way)).kind).toBe('falsified');
  });

  it('constraints on inputs are used, and counterexamples meet them', async () => {
    const network = relus([[[1, -1]], [0]], [[[1]], [0]]);
    const box = declared(2, 0, 1);
    expect((await verdictOf(network, `${box}(assert (<= X_0 X_1))(assert (>= Y_0 0.1))`, way)).kind).toBe(
      'verified',
    );
    expect(
      (await verdictOf(network, `${box}(assert (<= (+ X_0 X_1) 0.5))(assert (>= Y_0 0.6))`, way)).kind,
    ).toBe('verified');
    for (const tie of ['(= (+ X_0 X_1) 0.75)', '(>= X_1 (+ 0.1 (* 0.3 X_0)))', '(< X_0 X_1)']) {
      const property = parseVnnlib(`${box}(assert ${tie})(assert (<= Y_0 0.3))`);
      const { verdict } = await verify(network, property, { threads: 1, timeoutSeconds: 15, ...way });
      expect(verdict.kind, tie).toBe('falsified');
    }
  });

  it('an output that is exactly 0 is not below 0, but at most 0', async () => {
    const dead = relus([[[1, 1]], [-3]], [[[5]], [0]]);
    const box = declared(2, 0, 1);
    const word = async (formula: string) => (await verdictOf(dead, `${box}(assert ${formula})`, way)).kind;
    expect(await word('(< Y_0 0)')).toBe('verified');
    expect(await word('(not (>= Y_0 0))')).toBe('verified');
    expect(await word('(or (> Y_0 0) (and (<= X_0 0.5) (< Y_0 0)))')).toBe('verified');
    expect(await word('(<= Y_0 0)')).toBe('falsified');
    expect(await word('(not (> Y_0 0))')).toBe('falsified');
  });

  it('properties that ask about nothing hold, by a word of their own', async () => {
    const network = relus([[[1, -1]], [0]], [[[1]], [0]]);
    const box = declared(2, 0, 1);
    for (const nothing of [
      '(assert (>= X_0 2))',
      '(assert false)',
      '(assert (or (> X_0 1) (and (< X_1 0) (>= Y_0 0))))',
      '(assert (>= X_0 (+ X_1 2)))',
      '(assert (<= (+ X_0 X_1) 0.5))(assert (>= (- X_0 X_1) 0.4))(assert (>= X_1 0.1))',
    ])
      expect(await verdictOf(network, `${box}${nothing}(assert (>= Y_0 0))`, way), nothing).toEqual({
        kind: 'verified',
        by: 'empty',
      });
  });

  it('a case without outputs is met by any of its inputs', async () => {
    const network = relus([[[1, -1]], [0]], [[[1]], [0]]);
    const found = await verdictOf(
      network,
      `${declared(2, 0, 1)}(assert (or (>= Y_0 5) (and (>= X_0 0.9) (< X_1 X_0))))`,
      way,
    );
    expect(found.kind).toBe('falsified');
  });
});

const folder = sharedPath('cases');

describe.skipIf(folder === undefined)('collected cases', () => {
  it.each([
    ['mip-small-weights', 'net.onnx', 'prop.vnnlib', 'falsified', ['mip', 'bab-refine', 'bab']],
    ['point-box', 'third.onnx', 'gt0.vnnlib', 'verified or open', Object.keys(ways)],
    ['input-relations', 'net.onnx', 'order.vnnlib', 'verified', Object.keys(ways)],
    ['input-relations', 'net.onnx', 'sum_unsat.vnnlib', 'verified', Object.keys(ways)],
    ['input-relations', 'net.onnx', 'empty.vnnlib', 'verified', Object.keys(ways)],
    ['strict-ties', 'dead.onnx', 'lt.vnnlib', 'verified', Object.keys(ways)],
    ...['not', 'chained', 'rational', 'empty-box'].map(
      (name) =>
        ['vnnlib-syntax', '../input-relations/net.onnx', `${name}.vnnlib`, 'verified', ['default']] as const,
    ),
  ] as const)('%s: %s, %s is %s', async (kind, onnx, property, expected, names) => {
    const at = (name: string): string => join(folder!, kind, name);
    for (const name of names) {
      const { verdict } = await verify(readOnnxNetwork(at(onnx)), readVnnlib(at(property)), {
        threads: 1,
        timeoutSeconds: 20,
        ...ways[name],
      });
      if (expected === 'verified or open') expect(verdict.kind, name).not.toBe('falsified');
      else expect(verdict.kind, name).toBe(expected);
    }
  });
});
