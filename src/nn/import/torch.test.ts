import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import type { NdArray } from '../../formats/ndArray.ts';
import { readNpy } from '../../formats/npy.ts';
import { sharedPath } from '../../formats/shared.testing.ts';
import { UserError } from '../../formats/userError.ts';
import { initialize } from '../initialize.ts';
import { parameterSpecs } from '../parameters.ts';
import { buildModel } from '../zoo/models.ts';
import { verifierModels } from '../zoo/verifierModels.ts';
import { checkImport } from './check.ts';
import { exportedRunner } from './compare.testing.ts';
import { modelRunner } from './runners.ts';
import { readOnnxNetwork } from './importOnnx.ts';
import { networkFromStateDict, readTorchNetwork } from './torch.ts';

const shared = sharedPath('models') && sharedPath('oracle/crown') && sharedPath('data/sdp');
const cifarNormalization = {
  mean: [125.3 / 255, 123 / 255, 113.9 / 255],
  std: [63 / 255, 62.1 / 255, 66.7 / 255],
};

interface Oracle {
  readonly index: number;
  readonly logits: readonly number[];
}

/** Images are stored N·H·W·C. */
function imageOf(images: NdArray, index: number): Float32Array {
  const [, height, width, channels] = images.shape as [number, number, number, number];
  const data = images.data as Float32Array;
  return Float32Array.from({ length: channels * height * width }, (_, i) => {
    const channel = Math.floor(i / (height * width));
    return data[(index * height * width + (i % (height * width))) * channels + channel];
  });
}

describe.skipIf(!shared)('published weights', () => {
  it.each([
    ['mnist', 'mnist_cnn_4layer', undefined],
    ['cifar', 'cnn_4layer_adv', cifarNormalization],
    ['cifar', undefined, cifarNormalization],
  ] as const)('%s as %s give the recorded logits', async (data, model, normalization) => {
    const net = readTorchNetwork(sharedPath(`models/sdp/${data}_cnn_a_adv.model`)!, {
      ...(model && { model }),
      ...(normalization && { normalization }),
    });
    const run = await exportedRunner(net);
    const images = readNpy(sharedPath(`data/sdp/${data}_x.npy`)!);
    const oracle = JSON.parse(
      readFileSync(sharedPath(`oracle/crown/${data}_cnn_a_adv.json`)!, 'utf8'),
    ) as Record<string, Oracle[]>;
    for (const { index, logits } of oracle[data]) {
      const found = await run(imageOf(images, index));
      logits.forEach((wanted, k) => expect(Math.abs(found[k] - wanted)).toBeLessThan(1e-4));
    }
  });

  it('resnet2b is the network of the ONNX file', async () => {
    const path = sharedPath('vnncomp/cifar10_resnet_2021/onnx/resnet_2b.onnx')!;
    const onnx = readOnnxNetwork(path);
    const net = readTorchNetwork(sharedPath('models/resnet/resnet2b.pth')!, { model: 'resnet2b' });
    const check = {
      model: await modelRunner(onnx),
      network: await exportedRunner(net),
      rng: createRng(1),
    };
    expect(await checkImport(onnx, check)).toBeLessThan(1e-5);
  });

  it('others fit their architectures, named or read off', () => {
    const base = sharedPath('models/oval/cifar_base.pth')!;
    const eran = sharedPath('models/eran/mnist_6_100_nat.pth')!;
    for (const [path, model] of [
      [base, 'cifar_model_base'],
      [eran, 'mnist_6_100'],
    ] as const) {
      const named = readTorchNetwork(path, { model });
      const read = readTorchNetwork(path);
      expect(read.network.layers).toEqual(named.network.layers);
      expect(read.numbers).toEqual(named.numbers);
    }
    expect(() => readTorchNetwork(base, { model: 'mnist_6_100' })).toThrow(
      /cifar_base\.pth: Tensor '0\.weight' \[8,3,4,4\]/,
    );
  });
});

/** A state dict of a network, under PyTorch's kind of names. */
function stateDict(name: string, bn: boolean): Map<string, NdArray> {
  const network = buildModel(name, {
    classes: 7,
    inputShape: [1, 28, 28],
    bn,
    normalization: { mean: [0], std: [1] },
  });
  const numbers = initialize(network, createRng(3));
  return new Map(
    parameterSpecs(network).map(({ key, shape }) => [key, { dtype: 'float32', shape, data: numbers[key] }]),
  );
}

describe('state dicts', () => {
  it('choose between networks of the same name', () => {
    expect(
      networkFromStateDict(stateDict('cifar_model_deep', true), {
        model: 'cifar_model_deep',
      }).network.layers.filter((l) => l.kind === 'batchNorm2d'),
    ).toHaveLength(5);
    const published = verifierModels['cifar_model_deep']();
    const numbers = initialize(published, createRng(1));
    const tensors = new Map(
      parameterSpecs(published).map(({ key, shape }): [string, NdArray] => [
        key,
        { dtype: 'float32', shape, data: numbers[key] },
      ]),
    );
    expect(networkFromStateDict(tensors, { model: 'cifar_model_deep' }).network).toEqual(published);
  });

  it('are read off with batch norms', () => {
    const tensors = stateDict('cifar_model', true);
    const { network, numbers } = networkFromStateDict(tensors);
    expect(network.layers.map((l) => l.name)).toEqual([
      'conv1',
      'bn1',
      'relu1',
      'conv2',
      'bn2',
      'relu2',
      'flatten',
      'fc1',
      'relu3',
      'fc2',
    ]);
    expect(numbers['bn2.running_var']).toEqual(tensors.get('bn2.running_var')!.data);
  });

  it('faults name tensor and cause', () => {
    const tensors = stateDict('cifar_model', false);
    const convolutions = [{ stride: 1, padding: 0 }];
    const faults: [() => unknown, RegExp][] = [
      [() => networkFromStateDict(tensors, { model: 'none' }), /no architecture 'none'.*mnist_6_100/],
      [() => networkFromStateDict(tensors, { convolutions }), /'fc1' takes 1568 features, but \d+ arrive/],
      [
        () => networkFromStateDict(new Map([['embedding.table', tensors.get('fc1.bias')!]])),
        /'embedding' \(table\) belong to no/,
      ],
      [
        () =>
          networkFromStateDict(
            new Map([
              ...tensors,
              ['fc2.bias', { dtype: 'float32', shape: [7], data: new Float32Array(7).fill(NaN) }],
            ]),
          ),
        /'fc2\.bias' holds NaN/,
      ],
    ];
    for (const [read, message] of faults) {
      expect(read).toThrow(UserError);
      expect(read).toThrow(message);
    }
  });

  it('every architecture is sound in its shapes', () => {
    for (const [name, build] of Object.entries(verifierModels)) {
      const network = build();
      expect(network.name).toBe(name);
      expect(network.layers.at(-1)).toMatchObject({ kind: 'linear', outFeatures: 10 });
      expect(parameterSpecs(network).length).toBeGreaterThan(0);
    }
  });
});
