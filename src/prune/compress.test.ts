import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { openPlainModel } from '../engine/replay.ts';
import { hostTensor } from '../engine/hostTensor.ts';
import { decodeNpz } from '../formats/npz.ts';
import { readSafetensors } from '../formats/safetensors.ts';
import { evaluateNetwork } from '../nn/evaluate.testing.ts';
import { exportNetwork } from '../nn/exportNetwork.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { exportNames } from '../nn/import/tensorFile.ts';
import { initialize } from '../nn/initialize.ts';
import { maskNumbers } from '../nn/masks.ts';
import type { Layer, Network } from '../nn/network.ts';
import { parameterCount } from '../nn/parameters.testing.ts';
import { layerShapes } from '../nn/shapes.ts';
import { buildModel } from '../nn/zoo/models.ts';
import { residualNetwork } from '../nn/zoo/residual.ts';
import { sequential } from '../nn/zoo/sequential.ts';
import { compress } from './compress.ts';
import { fullMasks, prunableKeys } from './masks.ts';
import { macsOf } from '../nn/macs.ts';
import { pruneStep } from './prune.ts';
import { compareOutputs, measureLatency } from './runtimeComparison.ts';

const chain = sequential('chain', [2, 8, 8])
  .normalize({ mean: [0.4, 0.5], std: [0.2, 0.3] })
  .conv(8, { kernel: 3, padding: 1 })
  .batchNorm()
  .relu()
  .maxPool(2)
  .conv(6, { kernel: 3, padding: 1, bias: false })
  .batchNorm()
  .relu()
  .flatten()
  .linear(7)
  .relu()
  .linear(3)
  .build();

/** A residual network with a batch norm behind every convolution. */
const residual: Network = (() => {
  const plain = residualNetwork('residual', { first: 6, stages: [6, 8], blocks: 2, hidden: 5 })({
    classes: 10,
    inputShape: [2, 8, 8],
    bn: false,
  });
  const shapes = layerShapes(plain);
  const renamed = (name: string): string => (name.startsWith('conv') ? `bn_${name}` : name);
  const layers = plain.layers.flatMap((layer): Layer[] => {
    const moved = { ...layer, inputs: layer.inputs.map(renamed) };
    if (layer.kind !== 'conv2d') return [moved];
    const [features] = shapes.get(layer.name)!;
    const name = renamed(layer.name);
    return [moved, { kind: 'batchNorm2d', name, inputs: [layer.name], features, eps: 1e-5, momentum: 0.1 }];
  });
  return { ...plain, layers };
})();

function withNumbers(network: Network, seed: number): NumberedNetwork {
  const rng = createRng(seed);
  const numbers = initialize(network, rng);
  for (const [key, values] of Object.entries(numbers))
    if (key.startsWith('bn')) rng.fork(key).fillUniform(values, key.endsWith('var') ? 0.5 : -1, 1.5);
  return { network, numbers };
}

async function pruned(net: NumberedNetwork, method: string, rate: number): Promise<NumberedNetwork> {
  const masks = fullMasks(net.network, prunableKeys(net.network));
  const found = await pruneStep({ ...net, masks, rng: createRng(2) }, { method, rate });
  return { ...net, numbers: maskNumbers(net.numbers as Record<string, Float32Array>, found.masks) };
}

const folder = mkdtempSync(join(tmpdir(), 'compress-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.each([
  ['a chain', chain],
  ['a residual network', residual],
])('compressing %s', (_, network) => {
  describe.each(['l1-channel', 'slim', 'l1unstruct'])('pruned by %s', (method) => {
    it.each([true, false])(
      'keeps the function to 1e-5 in ONNX Runtime, batch norm kept: %s',
      async (keepBatchNorm) => {
        const net = await pruned(withNumbers(network, 4), method, method === 'l1unstruct' ? 0.95 : 0.5);
        const small = compress(net, { keepBatchNorm });
        const { difference, largest } = await compareOutputs(net, small, 1000, createRng(1));
        expect(difference).toBeLessThanOrEqual(1e-5 * Math.max(1, largest));
        expect(small.after.parameters).toBe(parameterCount(small.network));
        expect(small.after.parameters).toBeLessThan(small.before.parameters);
        expect(small.after.macs).toBeLessThan(small.before.macs);
        expect(small.after.bytes).toBeLessThan(small.before.bytes);
        expect(small.before.nonzero).toBeLessThan(small.before.parameters);
        expect(small.network.layers.some((l) => l.kind === 'batchNorm2d')).toBe(keepBatchNorm);
      },
    );
  });

  it('removes every pruned channel that no addition shares', async () => {
    const net = await pruned(withNumbers(network, 4), 'l1-channel', 0.5);
    const small = compress(net);
    if (network === chain)
      expect(Object.values(small.dropped).reduce((n, list) => n + list.length, 0)).toBe(7);
    else expect(Object.keys(small.dropped).length).toBeGreaterThan(2);
  });
});

describe('compressing the zoo', () => {
  it.each(['cifar_model_deep', 'cnn_b_adv', 'resnet20s', 'AlexNet'])('%s', async (name) => {
    const network = buildModel(name, {
      classes: 10,
      inputShape: [3, 32, 32],
      bn: true,
      normalization: { mean: [0.5, 0.5, 0.5], std: [0.2, 0.2, 0.2] },
    });
    const net = withNumbers(network, 7);
    const context = { ...net, masks: fullMasks(network, prunableKeys(network)), rng: createRng(2) };
    const options = { method: 'l1-channel', rate: 0.5, layerwise: true };
    const { masks } = await pruneStep(context, options);
    const sparse = { network, numbers: maskNumbers(net.numbers as Record<string, Float32Array>, masks) };
    const small = compress(sparse);
    expect(small.after.macs).toBeLessThan(0.55 * small.before.macs);
    const { difference, largest } = await compareOutputs(sparse, small, 10, createRng(1));
    expect(difference).toBeLessThanOrEqual(1e-5 * Math.max(1, largest));
  });
});

describe('network sizes', () => {
  it('counts multiplications as convolutions and products need them', () => {
    expect(macsOf(chain)).toBe(8 * 8 * 8 * 18 + 6 * 4 * 4 * 72 + 96 * 7 + 7 * 3);
  });

  it('measures a latency', async () => {
    const seconds = await measureLatency(withNumbers(chain, 1), 5);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(1);
  });
});

describe('exported networks', () => {
  const net = withNumbers(chain, 6);

  it('safetensors and npz hold the numbers, safetensors the layers too', () => {
    exportNetwork(net, 'safetensors', join(folder, 'a.safetensors'));
    exportNetwork(net, 'npz', join(folder, 'a.npz'));
    const { tensors, metadata } = readSafetensors(join(folder, 'a.safetensors'));
    expect(JSON.parse(metadata['architecture'])).toEqual(chain);
    const arrays = decodeNpz(readFileSync(join(folder, 'a.npz')));
    const names = [...Object.keys(net.numbers), 'normalize.mean', 'normalize.std'];
    expect([...tensors.keys()].toSorted()).toEqual(names.toSorted());
    expect([...arrays.keys()].toSorted()).toEqual([...names, exportNames.architecture].toSorted());
    for (const found of [tensors, arrays]) {
      expect(found.get('conv1.weight')!.data).toEqual(net.numbers['conv1.weight']);
      expect(found.get('conv1.weight')!.shape).toEqual([8, 2, 3, 3]);
    }
  });

  it('the ONNX file computes the network’s function', async () => {
    const file = join(folder, 'a.onnx');
    exportNetwork(net, 'onnx', file);
    expect(readFileSync(file).length).toBeGreaterThan(1000);
    const x = createRng(3).fillUniform(new Float32Array(3 * 128), 0, 1);
    const value = hostTensor(x, [3, 2, 8, 8]);
    const [found] = Object.values(await (await openPlainModel(file, { threads: 1 })).run({ input: value }));
    const wanted = evaluateNetwork(chain, net.numbers, x, 3);
    wanted.forEach((v, i) => expect(found.data[i]).toBeCloseTo(v, 4));
  });
});
