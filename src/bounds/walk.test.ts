import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { forward } from '../nn/forward.ts';
import { initialize } from '../nn/initialize.ts';
import { activations } from '../nn/layers/cases.testing.ts';
import type { LayerFields, Network } from '../nn/network.ts';
import { simplifyNetwork } from '../nn/simplifyNetwork.ts';
import { decomposeToRelu } from '../nn/simplify/decomposeToRelu.ts';
import { constant, interpret, sizeOf, type Tensor } from '../tensor/index.ts';
import { backwardWalk } from './backward.ts';
import { boundNetwork, constantContext } from './boundNetwork.ts';
import { ibp } from './ibp.ts';
import { relaxationFor } from './nonlinear/table.ts';
import { magnitude } from './interval.ts';

/** Layers that keep [2,4,4], each reading the one before. */
const steps: readonly LayerFields[] = [
  {
    kind: 'conv2d',
    inChannels: 2,
    outChannels: 2,
    kernel: [3, 3],
    stride: [1, 1],
    padding: [1, 1, 1, 1],
    dilation: [1, 1],
    groups: 1,
    bias: true,
  },
  {
    kind: 'convTranspose2d',
    inChannels: 2,
    outChannels: 2,
    kernel: [3, 3],
    stride: [1, 1],
    padding: [1, 1, 1, 1],
    outputPadding: [0, 0],
    dilation: [1, 1],
    groups: 1,
    bias: true,
  },
  { kind: 'batchNorm2d', features: 2, eps: 1e-5, momentum: 0.1 },
  { kind: 'affine', shape: [2, 1, 4], weight: true, bias: true },
  ...activations,
  { kind: 'maxPool2d', kernel: [2, 2], stride: [1, 1], padding: [1, 0, 0, 1] },
  { kind: 'avgPool2d', kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
  { kind: 'permute', order: [0, 2, 1] },
  { kind: 'gather', axis: 2, indices: [3, 0, 0, 1] },
  { kind: 'dropout', rate: 0.5 },
];

/** A chain of the picked layers with a shortcut from the input, then a linear layer. */
function randomNetwork(picks: readonly number[], seed: number) {
  const layers = picks.map((pick, i) => ({
    ...steps[pick],
    name: `l${i}`,
    inputs: [i === 0 ? 'input' : `l${i - 1}`],
  }));
  const network = {
    name: 'random',
    inputShape: [2, 4, 4],
    layers: [
      ...layers,
      { kind: 'add', name: 'sum', inputs: [`l${picks.length - 1}`, 'input'] },
      { kind: 'flatten', name: 'flat', inputs: ['sum'] },
      { kind: 'linear', name: 'out', inputs: ['flat'], inFeatures: 32, outFeatures: 3, bias: true },
    ],
  } as Network;
  const rng = createRng(seed);
  const numbers = initialize(network, rng);
  for (const [key, values] of Object.entries(numbers))
    rng.fork(key).fillUniform(values, key.endsWith('running_var') ? 0.5 : -0.7, 0.9);
  return { network, numbers };
}

const samples = 12;

/** IBP and CROWN (from IBP's intervals) of every output from below, and the outputs of points in the box. */
function bounded(
  { network, numbers }: ReturnType<typeof randomNetwork> | ReturnType<typeof simplifyNetwork>,
  seed: number,
) {
  const rng = createRng(seed);
  const size = sizeOf(network.inputShape);
  const center = rng.fork('c').fillUniform(new Float64Array(size), -1, 1);
  const radius = rng.fork('r').uniform(0, 0.4);
  const tensor = (values: ArrayLike<number>, batch: number): Tensor =>
    constant(Float64Array.from(values), [batch, ...network.inputShape]);
  const box = {
    lower: tensor(
      center.map((v) => v - radius),
      1,
    ),
    upper: tensor(
      center.map((v) => v + radius),
      1,
    ),
  };
  const net = boundNetwork(network, numbers);
  const context = constantContext(net);
  const intervals = ibp(network, box, context, { outward: true });
  const relaxations = new Map(
    net.sites.map(({ name, layer, input }) => [name, relaxationFor(layer, intervals.get(input)!)]),
  );
  const coefficients = constant(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), [3, 3]);
  const magnitudes = new Map([...intervals].map(([name, interval]) => [name, magnitude(interval)]));
  const walk = backwardWalk(
    network,
    { layer: net.output, coefficients },
    { ...context, relaxationOf: (name) => relaxations.get(name)! },
    magnitudes,
  );
  const points = rng
    .fork('x')
    .fillUniform(new Float64Array(samples * size), -1.5, 1.5)
    .map((t, i) => center[i % size] + radius * Math.min(1, Math.max(-1, t)));
  const outputs = forward(network, context.params, tensor(points, samples), { mode: 'eval' }).output;
  const last = intervals.get(net.output)!;
  const [low, high, a, offset, rounding, found] = interpret(
    {
      inputs: [],
      outputs: [last.lower, last.upper, walk.coefficients, walk.constant, walk.rounding, outputs],
      outputNames: [],
    },
    [],
  ) as [Float64Array, Float64Array, Float64Array, Float64Array, Float64Array, Float64Array];
  const crown = Array.from(offset, (b, row) => {
    let least = b;
    for (let i = 0; i < size; i++)
      least += a[row * size + i] * center[i] - Math.abs(a[row * size + i]) * radius;
    return least;
  });
  return { low, high, crown, rounding, outputs: found };
}

describe('bounds of whole networks', () => {
  const pickList = fc.array(fc.nat(steps.length - 1), { minLength: 1, maxLength: 5 });

  it.each([
    ['as they are', (net: ReturnType<typeof randomNetwork>) => net],
    ['simplified', simplifyNetwork],
    [
      'decomposed into ReLUs',
      (net: ReturnType<typeof randomNetwork>) => simplifyNetwork(decomposeToRelu(net)),
    ],
  ] as const)('hold at sampled points, %s', (_, prepare) => {
    fc.assert(
      fc.property(pickList, fc.nat(), (picks, seed) => {
        const { low, high, crown, rounding, outputs } = bounded(prepare(randomNetwork(picks, seed)), seed);
        outputs.forEach((v, i) => {
          expect(v).toBeGreaterThanOrEqual(low[i % 3] - 1e-9);
          expect(v).toBeLessThanOrEqual(high[i % 3] + 1e-9);
          expect(v).toBeGreaterThanOrEqual(crown[i % 3] - 1e-9);
        });
        rounding.forEach((v) => expect(v).toBeGreaterThan(0));
      }),
      { numRuns: 25 },
    );
  });
});
