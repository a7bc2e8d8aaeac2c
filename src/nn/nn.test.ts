import { describe, expect, it } from 'vitest';
import { cifar10 } from '../data/cifar10.ts';
import { mnist } from '../data/mnist.ts';
import { createRng } from '../data/rng.ts';
import { float32, interpret, trace } from '../tensor/index.ts';
import { forward } from './forward.ts';
import { initialize } from './initialize.ts';
import type { Layer, Network } from './network.ts';
import { parameterInputs, parameterSpecs, splitParameters } from './parameters.ts';
import { parameterCount } from './parameters.testing.ts';
import { updateRunningStatistics } from './runningStatistics.ts';
import { layerShapes, outputShape } from './shapes.ts';
import { buildModel, modelNames } from './zoo/models.ts';

const grey = { classes: 10, inputShape: [1, 28, 28], normalization: mnist.normalization };
const colour = { classes: 10, inputShape: [3, 32, 32], normalization: cifar10.normalization };

/** Evaluates a network of one or more layers in f64. */
function run(network: Network, params: Record<string, ArrayLike<number>>, x: number[], batch = 1) {
  const specs = {
    params: Object.fromEntries(parameterSpecs(network).map((s) => [s.key, float32(s.shape)])),
    x: float32([batch, ...network.inputShape]),
  };
  const { program } = trace((args) => forward(network, args.params, args.x, { mode: 'eval' }).output, specs);
  return interpret(program, [...parameterSpecs(network).map((s) => params[s.key]), x])[0];
}

describe('shapes of the zoo', () => {
  it('cifar_model_deep: grey and colour', () => {
    const net = buildModel('cifar_model_deep', { ...grey, bn: true });
    const shapes = layerShapes(net);
    expect([1, 2, 3, 4, 5].map((i) => shapes.get(`conv${i}`))).toEqual([
      [32, 28, 28],
      [64, 14, 14],
      [64, 14, 14],
      [128, 7, 7],
      [128, 3, 3],
    ]);
    expect(shapes.get('flatten')).toEqual([1152]);
    expect(outputShape(net)).toEqual([10]);
    const big = layerShapes(buildModel('cifar_model_deep', { ...colour, bn: false }));
    expect(big.get('flatten')).toEqual([2048]);
  });

  it('names layers in order', () => {
    const net = buildModel('cifar_model', { ...grey, bn: true });
    expect(net.layers.map((l) => l.name)).toEqual(
      'normalize conv1 bn1 relu1 conv2 bn2 relu2 flatten fc1 relu3 fc2'.split(' '),
    );
  });

  it.each(modelNames('trained'))('%s builds with and without batch norm and ends in the classes', (name) => {
    for (const bn of [true, false])
      for (const choices of [grey, colour])
        expect(outputShape(buildModel(name, { ...choices, bn }))).toEqual([
          /^resnet(32|44|56)s$/.test(name) ? 32 : 10,
        ]);
  });

  it('counts parameters as PyTorch does', () => {
    expect(parameterCount(buildModel('cifar_model_16_32', { ...grey, bn: false }))).toBe(
      16 * 16 + 16 + 32 * 16 * 16 + 32 + 1568 * 100 + 100 + 1010,
    );
  });

  it('names the layer that does not fit', () => {
    const net = buildModel('cifar_model', { ...grey, bn: false });
    expect(() => layerShapes({ ...net, inputShape: [3, 28, 28] })).toThrow(/normalize/);
    expect(() => buildModel('resnet9000', { ...grey, bn: false })).toThrow(/cifar_model_deep/);
  });
});

describe('initialisation', () => {
  it('is uniform in ±1/√fan_in and repeatable', () => {
    const net = buildModel('cifar_model_deep', { ...grey, bn: true });
    const params = initialize(net, createRng(1));
    expect(
      Buffer.from(params['conv5.weight'].buffer).equals(
        Buffer.from(initialize(net, createRng(1))['conv5.weight'].buffer),
      ),
    ).toBe(true);
    const w = params['conv5.weight'];
    const bound = 1 / Math.sqrt(128 * 16);
    expect(Math.max(...w.subarray(0, 50000))).toBeLessThanOrEqual(bound);
    const std = Math.sqrt(w.reduce((a, v) => a + v * v, 0) / w.length);
    expect(std).toBeCloseTo(bound / Math.sqrt(3), 4);
    expect(params['bn1.running_var'].every((v) => v === 1)).toBe(true);
  });
});

describe('layers on small inputs', () => {
  const network = (inputShape: number[], ...layers: object[]): Network => ({
    name: 'tiny',
    inputShape,
    layers: layers.map(
      (l, i) => ({ name: `l${i}`, inputs: [i === 0 ? 'input' : `l${i - 1}`], ...l }) as unknown as Layer,
    ),
  });
  const window = { kernel: [2, 2], stride: [2, 2], padding: [1, 1, 1, 1] };

  it('max pooling ignores its padding, average pooling counts it as zeros', () => {
    const x = [-1, -2, -3, -4];
    expect([...run(network([1, 2, 2], { kind: 'maxPool2d', ...window }), {}, x)]).toEqual([-1, -2, -3, -4]);
    expect([...run(network([1, 2, 2], { kind: 'avgPool2d', ...window }), {}, x)]).toEqual([
      -0.25, -0.5, -0.75, -1,
    ]);
    expect([...run(network([1, 2, 2], { kind: 'globalAvgPool2d' }), {}, x)]).toEqual([-2.5]);
  });

  it('elementwise layers, addition, dropout in evaluation', () => {
    const net = network(
      [2],
      { kind: 'leakyRelu', negativeSlope: 0.1 },
      { kind: 'add', inputs: ['l0', 'input'] },
      { kind: 'dropout', rate: 0.5 },
    );
    expect([...run(net, {}, [-2, 3])]).toEqual([-2.2, 6]);
  });

  it('normalises with the running statistics in evaluation', () => {
    const net = network([1, 1, 2], { kind: 'batchNorm2d', features: 1, eps: 0, momentum: 0.1 });
    const params = { 'l0.weight': [2], 'l0.bias': [1], 'l0.running_mean': [3], 'l0.running_var': [4] };
    expect([...run(net, params, [3, 7])]).toEqual([1, 5]);
  });

  it('updates running statistics with the unbiased variance', () => {
    const net = network([1, 1, 2], { kind: 'batchNorm2d', features: 1, eps: 1e-5, momentum: 0.1 });
    const { trainable, buffers } = parameterInputs(net);
    const { program } = trace(
      (args) => {
        const { statistics } = forward(net, { ...args.trainable, ...args.buffers }, args.x, {
          mode: 'train',
        });
        return updateRunningStatistics(args.buffers, statistics);
      },
      { trainable, buffers, x: float32([2, 1, 1, 2]) },
    );
    const [mean, variance] = interpret(program, [[1], [0], [10], [20], [1, 2, 3, 6]]);
    expect(mean[0]).toBeCloseTo(9 + 0.1 * 3, 12);
    expect(variance[0]).toBeCloseTo(18 + (0.1 * 14) / 3, 12);
  });

  it('splits parameters into trained ones and buffers', () => {
    const net = buildModel('cifar_model', { ...grey, bn: true });
    const { trainable, buffers } = splitParameters(net, initialize(net, createRng(0)));
    expect(Object.keys(buffers)).toEqual([
      'bn1.running_mean',
      'bn1.running_var',
      'bn2.running_mean',
      'bn2.running_var',
    ]);
    expect(Object.keys(trainable)).toContain('fc2.bias');
  });
});
