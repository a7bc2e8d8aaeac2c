import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { initialize } from '../nn/initialize.ts';
import type { Network } from '../nn/network.ts';
import { constantBiases } from './biases.ts';
import { boundNetwork } from './boundNetwork.ts';

const conv = (name: string, input: string, inChannels: number) =>
  ({
    kind: 'conv2d',
    name,
    inputs: [input],
    inChannels,
    outChannels: 2,
    kernel: [3, 3],
    stride: [1, 1],
    padding: [1, 1, 1, 1],
    dilation: [1, 1],
    groups: 1,
    bias: true,
  }) as const;

/** conv → relu → conv → affine, added to the relu through an affine layer with a bias → relu → flatten → linear → relu. */
const network: Network = {
  name: 'residual',
  inputShape: [1, 3, 3],
  layers: [
    conv('c1', 'input', 1),
    { kind: 'relu', name: 'r1', inputs: ['c1'] },
    conv('c2', 'r1', 2),
    { kind: 'affine', name: 'scaled', inputs: ['c2'], shape: [2, 1, 1], weight: true, bias: true },
    { kind: 'affine', name: 'short', inputs: ['r1'], shape: [2, 3, 3], weight: false, bias: true },
    { kind: 'add', name: 'sum', inputs: ['scaled', 'short'] },
    { kind: 'relu', name: 'r2', inputs: ['sum'] },
    { kind: 'flatten', name: 'flat', inputs: ['sum'] },
    { kind: 'linear', name: 'fc', inputs: ['flat'], inFeatures: 18, outFeatures: 2, bias: true },
    { kind: 'relu', name: 'r3', inputs: ['fc'] },
  ],
};

describe('biases below ReLUs', () => {
  const rng = createRng(3);
  const values = Object.fromEntries(
    Object.entries(initialize(network, rng)).map(([key, v]) => [key, rng.fork(key).fillUniform(v, -1, 1)]),
  );
  const site = (name: string, index: number[]) => ({ name, index: Int32Array.from(index) });
  const sum = (i: number): number => {
    const c = Math.floor(i / 9);
    return (
      values['c2.bias'][c] * values['scaled.weight'][c] + values['scaled.bias'][c] + values['short.bias'][i]
    );
  };
  const [first, second, third] = constantBiases(boundNetwork(network, values), [
    site('r1', [0, 8, 9]),
    site('r2', [1, 9, 17]),
    site('r3', [0, 1]),
  ]);

  it('are the layer’s own on a ReLU or the input', () => {
    expect([...first]).toEqual([values['c1.bias'][0], values['c1.bias'][0], values['c1.bias'][1]]);
  });

  it('come through elementwise affine layers and additions', () => {
    [1, 9, 17].forEach((i, k) => expect(second[k]).toBeCloseTo(sum(i), 6));
  });

  it('come through further weights where no ReLU lies between', () => {
    [0, 1].forEach((row) => {
      let wanted = values['fc.bias'][row];
      for (let i = 0; i < 18; i++) wanted += values['fc.weight'][row * 18 + i] * sum(i);
      expect(third[row]).toBeCloseTo(wanted, 5);
    });
  });
});
