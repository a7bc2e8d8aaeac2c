import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { evaluateNetwork } from '../evaluate.testing.ts';
import { foldBatchNorm, type NumberedNetwork } from '../foldBatchNorm.ts';
import { initialize } from '../initialize.ts';
import type { Layer, Network } from '../network.ts';
import { simplifyNetwork, splitNormalization } from '../simplifyNetwork.ts';
import { sequential } from '../zoo/sequential.ts';
import { decomposeToRelu } from './decomposeToRelu.ts';

const kinds = (net: NumberedNetwork): string[] => net.network.layers.map((l) => l.kind);

/** Random numbers for a network, batch norms and affine layers included. */
function numbered(network: Network, seed: number): NumberedNetwork {
  const rng = createRng(seed);
  const numbers = initialize(network, rng);
  for (const [key, values] of Object.entries(numbers))
    rng.fork(key).fillUniform(values, key.endsWith('running_var') ? 0.5 : -1, 1.5);
  return { network, numbers };
}

function expectSameFunction(a: NumberedNetwork, b: NumberedNetwork, seed: number): void {
  const size = a.network.inputShape.reduce((p, n) => p * n, 1);
  const x = createRng(seed)
    .fork('x')
    .fillUniform(new Float64Array(2 * size), -1, 2);
  const [p, q] = [a, b].map((n) => evaluateNetwork(n.network, n.numbers, x, 2)) as [
    Float64Array,
    Float64Array,
  ];
  expect(q.length).toBe(p.length);
  const scale = Math.max(1, ...p.map(Math.abs));
  p.forEach((v, i) => expect(Math.abs(v - q[i]) / scale).toBeLessThan(1e-12));
}

const layersOf = (inputShape: readonly number[], ...layers: Layer[]): Network => ({
  name: 'small',
  inputShape,
  layers,
});

const transposed = (
  name: string,
  input: string,
  channels: readonly [number, number],
  groups: number,
): Layer => ({
  kind: 'convTranspose2d',
  name,
  inputs: [input],
  inChannels: channels[0],
  outChannels: channels[1],
  kernel: [3, 2],
  stride: [2, 1],
  padding: [1, 0, 0, 1],
  outputPadding: [1, 0],
  dilation: [1, 1],
  groups,
  bias: groups > 1,
});

/** A factor for each channel, grouped transposed convolutions with batch norm, a dense one, a shift that must stay. */
const decoder = layersOf(
  [4, 3, 3],
  { kind: 'affine', name: 'scale', inputs: ['input'], shape: [4, 1, 1], weight: true, bias: false },
  transposed('deconv1', 'scale', [4, 6], 2),
  { kind: 'batchNorm2d', name: 'bn', inputs: ['deconv1'], features: 6, eps: 1e-5, momentum: 0.1 },
  { kind: 'relu', name: 'relu', inputs: ['bn'] },
  { kind: 'affine', name: 'shift', inputs: ['relu'], shape: [6, 1, 1], weight: true, bias: true },
  transposed('deconv2', 'shift', [6, 2], 1),
);

it.each([
  ['folded', foldBatchNorm, ['affine', 'convTranspose2d', 'relu', 'affine', 'convTranspose2d']],
  ['simplified', simplifyNetwork, ['convTranspose2d', 'relu', 'affine', 'convTranspose2d']],
] as const)('transposed convolutions take in what stands beside them: %s', (_, rewrite, left) => {
  const net = numbered(decoder, 5);
  const small = rewrite(net);
  expect(kinds(small)).toEqual(left);
  expectSameFunction(net, small, 6);
});

describe('simplifyNetwork', () => {
  it('leaves weighted layers and ReLUs of a usual network, under their names', () => {
    const chain = sequential('usual', [2, 6, 6])
      .normalize({ mean: [0.4, 0.5], std: [0.2, 0.3] })
      .conv(4, { kernel: 3 })
      .batchNorm()
      .relu()
      .dropout(0.5)
      .conv(3, { kernel: 3, stride: 2, padding: 1 })
      .batchNorm()
      .relu()
      .flatten()
      .linear(6)
      .linear(4)
      .relu()
      .linear(3);
    const net = numbered(chain.build(), 1);
    const simple = simplifyNetwork(net);
    expect(simple.network.layers.map((l) => l.name)).toEqual([
      'conv1',
      'relu1',
      'conv2',
      'relu2',
      'flatten',
      'fc2',
      'relu3',
      'fc3',
    ]);
    expect(
      Object.keys(simple.numbers)
        .filter((key) => !/reach|roundings/.test(key))
        .sort(),
    ).toEqual(['conv1', 'conv2', 'fc2', 'fc3'].flatMap((n) => [`${n}.bias`, `${n}.weight`]).sort());
    expectSameFunction(net, simple, 2);
  });

  it('keeps what a padded convolution would lose, and what others read', () => {
    const padded = numbered(
      sequential('padded', [2, 5, 5])
        .normalize({ mean: [0.4, 0.5], std: [0.2, 0.3] })
        .conv(3, { kernel: 3, padding: 1 })
        .relu()
        .flatten()
        .linear(2)
        .build(),
      3,
    );
    expect(kinds(simplifyNetwork(padded))).toEqual(['affine', 'conv2d', 'relu', 'flatten', 'linear']);
    expectSameFunction(padded, simplifyNetwork(padded), 4);
    const shared = numbered(
      layersOf(
        [4],
        { kind: 'linear', name: 'a', inputs: ['input'], inFeatures: 4, outFeatures: 4, bias: false },
        { kind: 'affine', name: 'b', inputs: ['a'], shape: [4], weight: true, bias: true },
        { kind: 'relu', name: 'c', inputs: ['a'] },
        { kind: 'add', name: 'd', inputs: ['b', 'c'] },
      ),
      5,
    );
    expect(kinds(simplifyNetwork(shared))).toEqual(['linear', 'affine', 'relu', 'add']);
    expectSameFunction(shared, simplifyNetwork(shared), 6);
  });

  it('does not widen: a bottleneck of two linear layers stays', () => {
    const net = numbered(sequential('narrow', [8]).linear(1).linear(8).build(), 7);
    expect(kinds(simplifyNetwork(net))).toEqual(['linear', 'linear']);
  });

  it('never empties a network', () => {
    const net = numbered(layersOf([2, 2], { kind: 'dropout', name: 'a', inputs: ['input'], rate: 0.1 }), 8);
    expect(simplifyNetwork(net).network.layers).toHaveLength(1);
  });
});

describe('splitNormalization', () => {
  it('moves a chain of elementwise layers into scale and shift', () => {
    const net = numbered(
      sequential('raw', [2, 5, 5])
        .normalize({ mean: [0.4, 0.5], std: [0.2, 0.3] })
        .conv(3, { kernel: 3, padding: 1 })
        .relu()
        .flatten()
        .linear(2)
        .build(),
      9,
    );
    const split = splitNormalization(net);
    expect(kinds(split)).toEqual(['conv2d', 'relu', 'flatten', 'linear']);
    expect(split.scale[0]).toBeCloseTo(5, 12);
    expect(split.shift[49]).toBeCloseTo(-0.5 / 0.3, 12);
    const x = createRng(1).fillUniform(new Float64Array(50), 0, 1);
    const moved = x.map((v, i) => v * split.scale[i] + split.shift[i]);
    const [p, q] = [
      evaluateNetwork(net.network, net.numbers, x),
      evaluateNetwork(split.network, split.numbers, moved),
    ];
    p.forEach((v, i) => expect(q[i]).toBeCloseTo(v, 10));
  });

  it('does nothing where others read the input, or a scale is not positive', () => {
    const affine: Layer = {
      kind: 'affine',
      name: 'a',
      inputs: ['input'],
      shape: [1],
      weight: true,
      bias: true,
    };
    const twice = {
      ...numbered(layersOf([3], affine, { kind: 'add', name: 'b', inputs: ['a', 'input'] }), 1),
    };
    expect(kinds(splitNormalization(twice))).toEqual(['affine', 'add']);
    const flipped = {
      network: layersOf([3], affine, { kind: 'relu', name: 'b', inputs: ['a'] }),
      numbers: { 'a.weight': Float64Array.of(-1), 'a.bias': Float64Array.of(2) },
    };
    expect(kinds(splitNormalization(flipped))).toEqual(['affine', 'relu']);
  });
});

describe('decomposeToRelu', () => {
  const window = fc.record({
    kernel: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 3 })),
    stride: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  });

  it('gives leaky ReLUs and max poolings exactly', () => {
    fc.assert(
      fc.property(
        window,
        fc.boolean(),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(),
        (w, padded, negativeSlope, seed) => {
          const padding = padded && w.kernel[0] > 1 ? ([1, 0, 1, 0] as const) : ([0, 0, 0, 0] as const);
          const net = numbered(
            layersOf(
              [2, 6, 5],
              { kind: 'leakyRelu', name: 'a', inputs: ['input'], negativeSlope },
              {
                kind: 'maxPool2d',
                name: 'b',
                inputs: ['a'],
                kernel: w.kernel,
                stride: w.stride,
                padding,
              },
              { kind: 'relu', name: 'c', inputs: ['a'] },
              { kind: 'maxPool2d', name: 'd', inputs: ['c'], kernel: w.kernel, stride: w.stride, padding },
              { kind: 'flatten', name: 'e', inputs: ['d'] },
              { kind: 'flatten', name: 'f', inputs: ['b'] },
              { kind: 'cat', name: 'g', inputs: ['e', 'f'], axis: 0 },
            ),
            seed,
          );
          const decomposed = decomposeToRelu(net);
          expect(kinds(decomposed).some((k) => k === 'maxPool2d' || k === 'leakyRelu')).toBe(false);
          expectSameFunction(net, decomposed, seed);
          expectSameFunction(net, simplifyNetwork(decomposed), seed);
        },
      ),
      { numRuns: 40 },
    );
  });
});
