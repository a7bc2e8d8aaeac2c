import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { forward } from '../nn/forward.ts';
import { initialize } from '../nn/initialize.ts';
import type { LayerFields, Network } from '../nn/network.ts';
import { constant, interpret } from '../tensor/index.ts';
import { boundNetwork, constantContext } from './boundNetwork.ts';
import { boxOf } from './box.ts';
import { exactIntervals } from './exactIntervals.ts';
import { ibp } from './ibp.ts';
import { boundMachine } from './machine.ts';
import { rootBounds } from './rootBounds.ts';

const window = { kernel: [2, 2], stride: [1, 1], padding: [1, 1, 0, 0] } as const;
const plain = { inChannels: 1, outChannels: 1, dilation: [1, 1], groups: 1, bias: true } as const;

/** Affine layers that keep [1,2,4]. */
const steps: readonly LayerFields[] = [
  { kind: 'conv2d', ...plain, ...window },
  { kind: 'convTranspose2d', ...plain, ...window, padding: [0, 0, 1, 1], outputPadding: [0, 0] },
  { kind: 'avgPool2d', ...window },
  { kind: 'affine', shape: [2, 1], weight: true, bias: true },
  { kind: 'batchNorm2d', features: 1, eps: 1e-5, momentum: 0.1 },
  { kind: 'gather', axis: 2, indices: [3, 0, 0, 1] },
  { kind: 'gather', axis: 2, indices: [3, 0, 2, 1] },
  { kind: 'dropout', rate: 0.5 },
];
const [convolution, transposed, averages, scaling, , repeating, shuffling] = steps;

/** A chain from the input, which is added to its end. */
function chain(picked: readonly LayerFields[]): Network {
  const layers = picked.map((step, i) => ({
    ...step,
    name: `l${i}`,
    inputs: [i > 0 ? `l${i - 1}` : 'input'],
  }));
  return {
    name: 'chain',
    inputShape: [1, 2, 4],
    layers: [
      ...layers,
      { kind: 'add', name: 'sum', inputs: [layers.at(-1)!.name, 'input'] },
    ] as Network['layers'],
  };
}

const size = 8;
/** Least and largest values of every layer over the box's corners, where an affine function has them. */
function attained(network: Network, numbers: Record<string, Float32Array>) {
  const count = 2 ** size;
  const corners = Float64Array.from({ length: count * size }, (_, k) => {
    const [corner, i] = [Math.floor(k / size), k % size];
    return ((corner >> i) & 1 ? 1 : -1) * (0.1 + i);
  });
  const { params } = constantContext(boundNetwork(network, numbers));
  const x = constant(corners, [count, ...network.inputShape]);
  const { activations } = forward(network, params, x, { mode: 'eval' });
  const names = network.layers.map(({ name }) => name);
  const outputs = names.map((name) => activations.get(name)!);
  const found = interpret({ inputs: [], outputs, outputNames: names }, []);
  return new Map(
    names.map((name, k) => {
      const values = found[k];
      const ends = (pick: (a: number, b: number) => number): number[] =>
        Array.from({ length: values.length / count }, (_, i) => {
          let end = values[i];
          for (let at = i; at < values.length; at += values.length / count) end = pick(end, values[at]);
          return end;
        });
      return [name, { lower: ends(Math.min), upper: ends(Math.max) }] as const;
    }),
  );
}

describe('layers whose interval bounds are exact', () => {
  it('are moved and scaled elements of the box, and one sum of them, moved and scaled', () => {
    const of = (...picked: LayerFields[]): string => [...exactIntervals(chain(picked))].join(' ');
    expect(of(scaling, shuffling, convolution, scaling)).toBe('input l0 l1 l2 l3');
    for (const mixing of [convolution, transposed, averages]) {
      expect(of(mixing, convolution)).toBe('input l0');
      expect(of(repeating, mixing)).toBe('input l0');
    }
  });

  it('attain them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (picked, seed) => {
          const network = chain(picked);
          const numbers = initialize(network, createRng(seed));
          const context = constantContext(boundNetwork(network, numbers));
          const ends = (side: number) =>
            constant(
              Float64Array.from({ length: size }, (_, i) => side * (0.1 + i)),
              [1, 1, 2, 4],
            );
          const intervals = ibp(network, { lower: ends(-1), upper: ends(1) }, context);
          const truth = attained(network, numbers);
          for (const name of exactIntervals(network)) {
            if (name === 'input') continue;
            const { lower, upper } = intervals.get(name)!;
            const found = interpret({ inputs: [], outputs: [lower, upper], outputNames: [] }, []);
            const exact = truth.get(name)!;
            found[0].forEach((v, i) => expect(v).toBeCloseTo(exact.lower[i], 4));
            found[1].forEach((v, i) => expect(v).toBeCloseTo(exact.upper[i], 4));
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('alone keep their intervals: others are bounded backward', async () => {
    for (const mixing of [transposed, averages]) {
      const layers = [
        { ...convolution, name: 'first', inputs: ['input'] },
        { ...mixing, name: 'second', inputs: ['first'] },
        { kind: 'relu', name: 'relu', inputs: ['second'] },
      ] as Network['layers'];
      const network: Network = { name: 'n', inputShape: [1, 2, 4], layers };
      const numbers = initialize(network, createRng('two sums'));
      const box = boxOf(
        Array.from({ length: size }, (_, i) => -0.1 - i),
        Array.from({ length: size }, (_, i) => 0.1 + i),
      );
      const found = (await rootBounds(boundMachine(boundNetwork(network, numbers)), box))['relu'];
      const exact = attained({ ...network, layers: layers.slice(0, 2) }, numbers).get('second')!;
      exact.lower.forEach((low, i) => {
        // A neuron that its interval shows to be stable is not bounded again.
        if (found.lower[i] >= 0 || found.upper[i] <= 0) return;
        expect(found.lower[i]).toBeCloseTo(low, 3);
        expect(found.upper[i]).toBeCloseTo(exact.upper[i], 3);
      });
      expect(found.lower.some((low, i) => low < 0 && found.upper[i] > 0)).toBe(true);
    }
  });
});
