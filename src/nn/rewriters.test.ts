import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { encodeModel } from '../formats/onnx/encode.ts';
import { dropDeadChannels } from './dropDeadChannels.ts';
import { evaluateNetwork } from './evaluate.testing.ts';
import { foldBatchNorm, type NumberedNetwork } from './foldBatchNorm.ts';
import { initialize } from './initialize.ts';
import { onnxNames, toOnnx } from './toOnnx.ts';
import { layerShapes } from './shapes.ts';
import { residualNetwork } from './zoo/residual.ts';
import { sequential } from './zoo/sequential.ts';

const batch = 2;

function smallNetwork(bn: boolean, padding: number, seed: number): NumberedNetwork {
  let chain = sequential('small', [2, 6, 6]).normalize({ mean: [0.4, 0.5], std: [0.2, 0.3] });
  chain = chain.conv(4, { kernel: 3, stride: 1, padding });
  if (bn) chain = chain.batchNorm();
  chain = chain.relu().conv(5, { kernel: 3, stride: 2, padding, bias: !bn });
  if (bn) chain = chain.batchNorm();
  const network = chain.relu().flatten().linear(6).relu().linear(3).build();
  const rng = createRng(seed);
  const numbers = initialize(network, rng);
  for (const [key, values] of Object.entries(numbers))
    if (key.startsWith('bn')) rng.fork(key).fillUniform(values, key.endsWith('var') ? 0.5 : -1, 1.5);
  return { network, numbers };
}

const inputsOf = ({ network }: NumberedNetwork, seed: number): Float64Array =>
  createRng(seed)
    .fork('x')
    .fillUniform(new Float64Array(batch * network.inputShape.reduce((a, b) => a * b)), 0, 1);

const outputsOf = (n: NumberedNetwork, x: ArrayLike<number>): Float64Array =>
  evaluateNetwork(n.network, n.numbers, x, batch);

function expectSame(actual: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(actual.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) expect(Math.abs(actual[i] - wanted[i])).toBeLessThan(tolerance);
}

describe('foldBatchNorm', () => {
  it('keeps the function and removes every batch norm behind a weighted layer', () => {
    const net = smallNetwork(true, 1, 3);
    const folded = foldBatchNorm(net);
    expect(folded.network.layers.some((l) => l.kind === 'batchNorm2d')).toBe(false);
    expect(Object.keys(folded.numbers).some((k) => k.startsWith('bn'))).toBe(false);
    const x = inputsOf(net, 4);
    expectSame(outputsOf(folded, x), outputsOf(net, x), 1e-12);
  });

  it('leaves a batch norm whose source has other readers', () => {
    const net = smallNetwork(true, 1, 3);
    const layers = net.network.layers.map((l) => (l.name === 'conv2' ? { ...l, inputs: ['conv1'] } : l));
    const folded = foldBatchNorm({ ...net, network: { ...net.network, layers } });
    expect(folded.network.layers.map((l) => l.name)).toContain('bn1');
    expect(folded.network.layers.map((l) => l.name)).not.toContain('bn2');
  });
});

describe('dropDeadChannels', () => {
  const silence = (values: Float32Array, start: number, length: number) =>
    values.fill(0, start, start + length);

  it('keeps the function for any pattern of dead channels', () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.integer({ min: 0, max: 1 }),
        fc.array(fc.boolean(), { minLength: 15, maxLength: 15 }),
        fc.integer({ min: 0, max: 1e6 }),
        (bn, padding, dead, seed) => {
          const net = smallNetwork(bn, padding, seed);
          const numbers = net.numbers as Record<string, Float32Array>;
          for (let c = 0; c < 4; c++) if (dead[c]) silence(numbers['conv1.weight'], c * 18, 18);
          for (let c = 0; c < 5; c++) if (dead[4 + c]) silence(numbers['conv2.weight'], c * 36, 36);
          for (let c = 0; c < 6; c++)
            if (dead[9 + c]) for (let o = 0; o < 3; o++) silence(numbers['fc2.weight'], o * 6 + c, 1);
          const x = inputsOf(net, seed);
          const small = dropDeadChannels(net);
          layerShapes(small.network);
          expectSame(outputsOf(small, x), outputsOf(net, x), 1e-12);
          const hidden = small.network.layers.find((l) => l.name === 'fc1')!;
          const gone = dead.slice(9).filter(Boolean).length;
          expect('outFeatures' in hidden && hidden.outFeatures).toBe(Math.max(1, 6 - gone));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('cascades, folds constants into the next bias, and keeps one channel', () => {
    const net = smallNetwork(false, 1, 8);
    const numbers = net.numbers as Record<string, Float32Array>;
    // Nothing reads conv2's channels 1..4 in fc1, and conv1's channel 0 is read by those alone.
    for (let o = 0; o < 6; o++) silence(numbers['fc1.weight'], o * 45 + 9, 36);
    silence(numbers['conv2.weight'], 0, 9);
    const small = dropDeadChannels(net);
    expect(small.dropped['conv2']).toEqual([1, 2, 3, 4]);
    expect(small.dropped['conv1']).toEqual([0]);
    const x = inputsOf(net, 8);
    expectSame(outputsOf(small, x), outputsOf(net, x), 1e-12);

    const constant = smallNetwork(false, 1, 9);
    const values = constant.numbers as Record<string, Float32Array>;
    silence(values['conv2.weight'], 0, 36 * 5);
    const folded = dropDeadChannels(constant);
    expect(folded.dropped['conv2']).toEqual([0, 1, 2, 3]);
    expectSame(outputsOf(folded, x), outputsOf(constant, x), 1e-12);
  });
});

describe('dropDeadChannels in residual networks', () => {
  const network = residualNetwork('small residual', {
    first: 4,
    stages: [4, 5],
    blocks: 2,
    hidden: 3,
  })({ classes: 10, inputShape: [2, 8, 8], bn: false });
  const convs = network.layers.filter((l) => l.kind === 'conv2d');

  it('keeps the function for any pattern of dead channels', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1e6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (seed, share) => {
          const rng = createRng(seed);
          const numbers = initialize(network, rng);
          for (const { name, outChannels } of convs)
            for (let c = 0; c < outChannels; c++) {
              const size = numbers[`${name}.weight`].length / outChannels;
              if (rng.next() < share) numbers[`${name}.weight`].fill(0, c * size, (c + 1) * size);
              if (rng.next() < 0.5) numbers[`${name}.bias`][c] = 0;
            }
          const net = { network, numbers };
          const small = dropDeadChannels(net);
          layerShapes(small.network);
          const x = inputsOf(net, seed);
          expectSame(outputsOf(small, x), outputsOf(net, x), 1e-12);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('drops a channel of what an addition joins once it is dead on both sides', () => {
    const numbers = initialize(network, createRng(1));
    const kill = (name: string, channel: number) => {
      const size = numbers[`${name}.weight`].length / 5;
      numbers[`${name}.weight`].fill(0, channel * size, (channel + 1) * size);
      numbers[`${name}.bias`][channel] = 0;
    };
    // Of the last stage's five convolutions, the second of each block and the shortcut meet in additions.
    const stage = convs.filter((l) => l.outChannels === 5).map((l) => l.name);
    const last = stage.at(-1)!;
    kill(last, 2);
    expect(Object.keys(dropDeadChannels({ network, numbers }).dropped)).not.toContain(last);
    for (const name of stage) kill(name, 2);
    const small = dropDeadChannels({ network, numbers });
    expect(small.dropped[last]).toEqual([2]);
    const x = inputsOf({ network, numbers }, 2);
    expectSame(outputsOf(small, x), outputsOf({ network, numbers }, x), 1e-12);
  });

  it('lets one constant channel stand for all in front of zero padding', () => {
    const net = smallNetwork(true, 1, 5);
    const numbers = net.numbers as Record<string, Float32Array>;
    for (const c of [0, 1, 3]) numbers['conv1.weight'].fill(0, c * 18, (c + 1) * 18);
    numbers['bn1.bias'].fill(1.5);
    const small = dropDeadChannels(net);
    expect(small.dropped['conv1']).toHaveLength(2);
    const x = inputsOf(net, 5);
    expectSame(outputsOf(small, x), outputsOf(net, x), 1e-12);
  });
});

describe('toOnnx', () => {
  it.each([true, false])('computes the same in ONNX Runtime, batch norm %s', async (bn) => {
    const net = smallNetwork(bn, 1, 5);
    const x = inputsOf(net, 5);
    const session = await ort.InferenceSession.create(encodeModel(toOnnx(net.network, net.numbers)));
    const feed = new ort.Tensor('float32', Float32Array.from(x), [batch, 2, 6, 6]);
    const found = await session.run({ [onnxNames.input]: feed });
    expectSame(found[onnxNames.output].data as Float32Array, outputsOf(net, x), 1e-5);
    await session.release();
  });
});
