import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { identityNormalization } from '../../data/normalization.ts';
import { createRng } from '../../data/rng.ts';
import type { NdArray } from '../../formats/ndArray.ts';
import { readNpy } from '../../formats/npy.ts';
import { sharedPath } from '../../formats/shared.testing.ts';
import { UserError } from '../../formats/userError.ts';
import { initialize } from '../initialize.ts';
import { parameterSpecs } from '../parameters.ts';
import { torchKeys } from '../torchKeys.ts';
import { buildModel, modelNames, models } from '../zoo/models.ts';
import { checkImport, exportedRunner } from './compare.testing.ts';
import { modelRunner } from './runners.ts';
import { readOnnxNetwork } from './importOnnx.ts';
import { networkFromStateDict, readTorchNetwork } from './torch.ts';

/** A published network, which is for its own images and classes alone, without normalisation. */
function publishedNetwork(name: string) {
  const { inputShape, classes } = models.named(name).fixed!;
  return buildModel(name, { inputShape, classes, bn: false });
}

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
      expect(read.notes[0]).toContain(`taken as ${model}`);
    }
    expect(() => readTorchNetwork(base, { model: 'mnist_6_100' })).toThrow(
      /cifar_base\.pth: The weights end before .*tensors fit: cifar_model_base/,
    );
  });
});

/** A state dict of a network of the zoo under PyTorch's names. */
function stateDict(name: string, bn = true, inputShape: [number, number, number] = [1, 28, 28]): Tensors {
  const normalization = identityNormalization(inputShape[0]);
  const network = buildModel(name, { classes: 10, inputShape, bn, normalization });
  const numbers = initialize(network, createRng(3));
  return new Map(
    torchKeys(network).map(({ key, torchKey, shape }) => [
      torchKey,
      { dtype: 'float32', shape, data: numbers[key] },
    ]),
  );
}

type Tensors = Map<string, NdArray>;

const renamed = (tensors: Tensors, rename: (key: string) => string): Tensors =>
  new Map([...tensors].map(([key, tensor]) => [rename(key), tensor]));

const filled = (shape: number[], value = 0.1): NdArray => ({
  dtype: 'float32',
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value),
});

/** Linear, something, Linear. */
const twoLinear: Tensors = new Map([
  ['0.weight', filled([1, 1])],
  ['0.bias', filled([1])],
  ['2.weight', filled([2, 1])],
  ['2.bias', filled([2])],
]);

/** Conv, batch norm, something, flatten, Linear on 8x8 pixels; β stands before γ. */
const thin: Tensors = new Map([
  ['0.weight', filled([4, 1, 3, 3])],
  ['1.bias', filled([4], 0.25)],
  ['1.running_var', filled([4], 1)],
  ['1.running_mean', filled([4], 0)],
  ['1.weight', filled([4], 2)],
  ['4.weight', filled([3, 256])],
  ['4.bias', filled([3])],
]);

describe('state dicts without a named architecture', () => {
  it('are the one model of the zoo that they fit, and that is said', () => {
    const { network, notes } = networkFromStateDict(stateDict('cifar_model_deep'));
    expect(network.name).toBe('cifar_model_deep');
    expect(notes).toEqual([
      expect.stringContaining('taken as cifar_model_deep'),
      expect.stringContaining('takes pixels as they are'),
    ]);
  });

  it.each([
    ['vgg16_bn', 'vgg16_bn; vgg16_bn_literature'],
    ['vgg11_bn_literature', 'vgg11_bn; vgg11_bn_literature'],
  ])('%s: several functions have its names and shapes, so one is to be named', (name, list) => {
    const tensors = stateDict(name, true, [3, 32, 32]);
    expect(() => networkFromStateDict(tensors)).toThrow(`${list}. Say which with --model.`);
    expect(networkFromStateDict(tensors, { model: name }).network.name).toBe(name);
  });

  it.each(['cnn_b_adv', 'cnn_b_adv_sdp'])(
    '%s is told from its like by the numbers of its modules',
    (name) => {
      const tensors = stateDict(name, true, [3, 32, 32]);
      const other = name === 'cnn_b_adv' ? 'cnn_b_adv_sdp' : 'cnn_b_adv';
      expect(networkFromStateDict(tensors).network.name).toBe(name);
      expect(() => networkFromStateDict(tensors, { model: other })).toThrow(
        `The shapes are those of ${other}, but the names those of ${name}.`,
      );
      // Without its names it could be either.
      const named = renamed(tensors, (key) => `layer${key}`);
      expect(() => networkFromStateDict(named)).toThrow(/--model/);
    },
  );

  it('of layers alone are refused, with a way to say what they are', () => {
    expect(() => networkFromStateDict(twoLinear, { inputShape: [1] })).toThrow(
      /Activations, strides and paddings cannot be read off.*--model sequential-relu;/s,
    );
    const { network, notes } = networkFromStateDict(twoLinear, { inputShape: [1], model: 'sequential-relu' });
    expect(network.layers.map(({ kind }) => kind)).toEqual(['linear', 'relu', 'linear']);
    expect(notes[0]).toBe('read as linear 1, relu, linear 2');
    const conv = new Map([
      ['0.weight', filled([4, 1, 4, 4])],
      ['0.bias', filled([4])],
      ['3.weight', filled([2, 64])],
      ['3.bias', filled([2])],
    ]);
    expect(() => networkFromStateDict(conv, { inputShape: [1, 8, 8] })).toThrow('sequential-relu:s2p1;');
    const read = networkFromStateDict(conv, { inputShape: [1, 8, 8], model: 'sequential-relu:s2p1' });
    expect(read.network.layers.map(({ kind }) => kind)).toEqual(['conv2d', 'relu', 'flatten', 'linear']);
    for (const [model, message] of [
      ['sequential-relu', '0 windows for 1 convolutions'],
      ['sequential-relu:2', '"2" is no window'],
      ['sequential-relu:s1p1', "'3' takes 64 features"],
    ])
      expect(() => networkFromStateDict(conv, { inputShape: [1, 8, 8], model })).toThrow(message);
  });

  it('with batch norms are read off, and everything assumed is said', () => {
    const { network, numbers, notes } = networkFromStateDict(thin, { inputShape: [1, 8, 8] });
    expect(network.layers.map(({ kind }) => kind)).toEqual(
      'conv2d batchNorm2d relu flatten linear'.split(' '),
    );
    expect([numbers['bn1.weight'][0], numbers['bn1.bias'][0]]).toEqual([2, 0.25]);
    expect(notes[0]).toBe('read off: conv 4 3x3 stride 1 padding 1, batch norm, relu, flatten, linear 3');
    expect(notes[1]).toContain('assumed, since weights do not tell: ReLU');
  });

  it('that leave room for other modules are refused', () => {
    const pooled = renamed(thin, (key) => key.replace(/^4/, '5'));
    expect(() => networkFromStateDict(pooled, { inputShape: [1, 8, 8] })).toThrow(
      "Between the modules '1' and '5' lie 3 without parameters",
    );
    const adjacent = renamed(twoLinear, (key) => key.replace(/^2/, '1'));
    expect(() => networkFromStateDict(adjacent, { inputShape: [1], model: 'sequential-relu' })).toThrow(
      "Between the modules '0' and '1' lie 0",
    );
  });
});

describe('state dicts', () => {
  it('of a name with two meanings are those that they fit', () => {
    const deep = networkFromStateDict(stateDict('cifar_model_deep'), { model: 'cifar_model_deep' });
    expect(deep.network.layers.filter((l) => l.kind === 'batchNorm2d')).toHaveLength(5);
    const oval = stateDict('cifar_model_deep_oval', false, [3, 32, 32]);
    const { network, notes } = networkFromStateDict(oval, { model: 'cifar_model_deep' });
    expect(network).toEqual(publishedNetwork('cifar_model_deep_oval'));
    expect(notes[0]).toBe('taken as cifar_model_deep_oval, which the tensors fit and cifar_model_deep not');
  });

  it('of another model say which it is', () => {
    expect(() => networkFromStateDict(stateDict('cifar_model_16_32'), { model: 'cifar_model' })).toThrow(
      /does not fit conv1.weight.*of cifar_model\..*the tensors fit: cifar_model_16_32/s,
    );
  });

  it('may hold their normalisation, or belong to a model that has one', () => {
    const tensors = new Map([
      ...stateDict('resnet20s', true, [3, 32, 32]),
      ['normalize.mean', filled([1, 3, 1, 1], 0.5)] as const,
      ['normalize.std', filled([1, 3, 1, 1], 0.25)] as const,
    ]);
    const { network, notes } = networkFromStateDict(tensors, { model: 'resnet20s' });
    expect(network.layers[0]).toMatchObject({ kind: 'normalize', mean: [0.5, 0.5, 0.5] });
    expect(notes).toEqual(['the file holds its normalisation: mean 0.5,0.5,0.5, deviation 0.25,0.25,0.25']);
    expect(() => networkFromStateDict(tensors, { model: 'resnet20s', normalization: 'none' })).toThrow(
      'leave out --mean and --std',
    );
    const inside = networkFromStateDict(stateDict('resnet18', true, [3, 32, 32]), { model: 'resnet18' });
    expect(inside.network.layers[0]).toMatchObject({ kind: 'normalize', std: [0.247, 0.2435, 0.2616] });
    expect(inside.notes[0]).toContain('normalises inside');
  });

  it('faults name tensor and cause', () => {
    const tensors = stateDict('cifar_model', false);
    const faults: [() => unknown, RegExp][] = [
      [() => networkFromStateDict(tensors, { model: 'none' }), /no model 'none'.*mnist_6_100/],
      [
        () => networkFromStateDict(tensors, { convolutions: [{ stride: 1, padding: 0 }] }),
        /'5' takes 784 features, but \d+ arrive/,
      ],
      [
        () => networkFromStateDict(new Map([['embedding.table', tensors.get('5.bias')!]])),
        /'embedding' \(table\) belong to no/,
      ],
      [
        () => networkFromStateDict(new Map([...tensors, ['7.bias', filled([10], Number.NaN)]])),
        /'7\.bias' holds NaN/,
      ],
    ];
    for (const [read, message] of faults) {
      expect(read).toThrow(UserError);
      expect(read).toThrow(message);
    }
  });

  it('every architecture is sound in its shapes', () => {
    for (const name of modelNames('published')) {
      const network = publishedNetwork(name);
      expect(network.name).toBe(name);
      expect(network.layers.at(-1)).toMatchObject({ kind: 'linear', outFeatures: 10 });
      expect(parameterSpecs(network).length).toBeGreaterThan(0);
    }
  });
});
