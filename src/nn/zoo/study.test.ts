import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identityNormalization } from '../../data/normalization.ts';
import { sharedPath } from '../../formats/shared.testing.ts';
import { exportedRunner } from '../import/compare.testing.ts';
import type { Network } from '../network.ts';
import { parameterCount } from '../parameters.testing.ts';
import { torchKeys } from '../torchKeys.ts';
import { buildModel } from './models.ts';

/** Of the study's networks that normalise inside. */
const studyCifar10 = { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] };

const path = sharedPath('oracle/networks/networks.json');

interface Reference {
  readonly name: string;
  readonly source: 'training' | 'verifier';
  readonly inputShape: [number, number, number];
  readonly parameters: number;
  readonly stateDict: readonly [string, number[]][];
  readonly layers: readonly [string, string][];
  readonly logits: readonly number[][];
}

const references = path === undefined ? [] : (JSON.parse(readFileSync(path, 'utf8')) as readonly Reference[]);

/** The study's networks that normalise inside do so for CIFAR-10. */
function networkOf({ name, inputShape, layers }: Reference): Network {
  const normalizes = layers.some(([module]) => module === 'normalize');
  return buildModel(name.replace(' (greyscale)', ''), {
    classes: 10,
    inputShape,
    bn: true,
    normalization: normalizes ? studyCifar10 : identityNormalization(inputShape[0]),
  });
}

/** Multiples of 7 in a block. */
const block = 1024;
/** `of` sin(0.7 i + 0.05 (i mod 7) + shift) for i < size; the sines by sums of angles, as there are 10⁸ of them. */
function waves(size: number, shift: number, of: (sine: number) => number): Float32Array {
  const angles = Float64Array.from(
    { length: 7 * block },
    (_, i) => 4.9 * Math.floor(i / 7) + 0.75 * (i % 7) + shift,
  );
  const [sin, cos] = [angles.map(Math.sin), angles.map(Math.cos)];
  const values = new Float32Array(size);
  for (let from = 0; from < size; from += angles.length) {
    const start = 0.7 * from;
    const [s, c] = [Math.sin(start), Math.cos(start)];
    const count = Math.min(angles.length, size - from);
    for (let i = 0; i < count; i++) values[from + i] = of(s * cos[i] + c * sin[i]);
  }
  return values;
}

/** Weights by the formula of the reference: entry k of the state dict, element i in C order. */
function numbersOf(network: Network, stateDict: Reference['stateDict']): Record<string, Float32Array> {
  const keys = new Map(torchKeys(network).map(({ key, torchKey }) => [torchKey, key]));
  const numbers: Record<string, Float32Array> = {};
  stateDict.forEach(([torchKey, shape], k) => {
    const key = keys.get(torchKey);
    if (key === undefined) return;
    const size = shape.reduce((a, b) => a * b, 1);
    const fan = size / (shape[0] || 1);
    const scale = Math.sqrt(1.5 / fan);
    const of = (s: number): number => {
      if (torchKey.endsWith('running_var')) return 1 + 0.5 * s;
      if (torchKey.endsWith('running_mean')) return 0.1 * s;
      if (shape.length > 1) return s * scale;
      return torchKey.endsWith('.weight') ? 0.6 + 0.2 * s : 0.1 * s;
    };
    numbers[key] = waves(size, 0.3 * k, of);
  });
  return numbers;
}

const images = (size: number): Float32Array[] =>
  [0, 1].map((image) =>
    Float32Array.from({ length: size }, (_, j) => {
      const i = image * size + j;
      return 0.5 + 0.5 * Math.sin(0.13 * i + 0.002 * (i % 97));
    }),
  );

describe.skipIf(path === undefined)('the networks of the study by name', () => {
  it.each(references.map((reference) => [`${reference.name}, ${reference.source}`, reference] as const))(
    '%s: state dict, count and logits',
    async (_, reference) => {
      const network = networkOf(reference);
      const { stateDict, inputShape } = reference;
      expect(parameterCount(network)).toBe(reference.parameters);
      expect(torchKeys(network).map(({ torchKey, shape }) => [torchKey, [...shape]])).toEqual(
        stateDict.filter(([key]) => !key.endsWith('num_batches_tracked')),
      );
      const run = await exportedRunner({ network, numbers: numbersOf(network, stateDict) });
      const largest = Math.max(...reference.logits.flat().map(Math.abs));
      for (const [i, x] of images(inputShape[0] * inputShape[1] * inputShape[2]).entries()) {
        const logits = await run(x);
        expect(logits).toHaveLength(reference.logits[i].length);
        reference.logits[i].forEach((wanted, j) =>
          expect(Math.abs(logits[j] - wanted)).toBeLessThan(1e-4 * largest),
        );
      }
    },
    60_000,
  );
});
