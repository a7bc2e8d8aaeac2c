import { describe, expect, it } from 'vitest';
import { identityNormalization } from '../data/normalization.ts';
import { createRng } from '../data/rng.ts';
import { initialize, initialSpecs } from './initialize.ts';
import type { Network } from './network.ts';
import { parameterCount } from './parameters.testing.ts';
import { buildModel, modelNames } from './zoo/models.ts';

const build = (name: string, side = 32, channels = 3, bn = true): Network =>
  buildModel(name, {
    classes: 10,
    inputShape: [channels, side, side],
    bn,
    normalization: identityNormalization(channels),
  });

const fan = (shape: readonly number[]): { in: number; out: number } => {
  const area = shape.slice(2).reduce((n, d) => n * d, 1);
  return { in: shape[1] * area, out: shape[0] * area };
};

/** PyTorch: kaiming_uniform(a) has deviation gain/√fan_in with gain = √(2/(1 + a²)). */
const kaimingUniformDeviation = (fanIn: number): number => Math.sqrt(2 / (1 + 5) / fanIn);

/** What the definitions in PyTorch and torchvision do to a weight of a convolution or linear layer. */
function weightDeviation(name: string, shape: readonly number[]): { uniform: boolean; deviation: number } {
  const isConv = shape.length === 4;
  if (/^resnet\d+s(_|$)/.test(name)) return { uniform: false, deviation: Math.sqrt(2 / fan(shape).in) };
  if (/^(resnet|vgg)\d/.test(name) && isConv)
    return { uniform: false, deviation: Math.sqrt(2 / fan(shape).out) };
  if (name.startsWith('vgg')) return { uniform: false, deviation: 0.01 };
  return { uniform: true, deviation: kaimingUniformDeviation(fan(shape).in) };
}

describe('initialisation of the whole zoo', () => {
  it.each(modelNames('trained'))('%s: every parameter starts as in PyTorch', (name) => {
    const network = build(name);
    const kinds = new Map(network.layers.map((l) => [l.name, l.kind]));
    const specs = initialSpecs(network);
    const shapes = new Map(specs.map((s) => [s.key, s.shape]));
    for (const { key, layer, name: role, shape, initial } of specs) {
      if (kinds.get(layer)!.startsWith('batchNorm')) {
        expect(initial, key).toBe({ weight: 1, bias: 0, running_mean: 0, running_var: 1 }[role]);
      } else if (role === 'bias') {
        const bound = 1 / Math.sqrt(fan(shapes.get(`${layer}.weight`)!).in);
        expect(initial, key).toEqual(name.startsWith('vgg') ? 0 : { uniform: bound });
      } else {
        const { uniform, deviation } = weightDeviation(name, shape);
        const found = initial as { uniform?: number; normal?: number };
        const actual = uniform ? found.uniform! / Math.sqrt(3) : found.normal!;
        expect(actual / deviation, key).toBeCloseTo(1, 12);
      }
    }
  });

  const drawn = ['cifar_model', 'cifar_model_deep', 'cnn_b_adv', 'resnet20s', 'resnet56s', 'mlp'];
  it.each(drawn)('%s: mean and variance of what is drawn lie within sampling error', (name) => {
    const network = build(name);
    const numbers = initialize(network, createRng('statistics'));
    let looked = 0;
    for (const { key, name: role, shape } of initialSpecs(network)) {
      const values = numbers[key];
      const n = values.length;
      if (role !== 'weight' || shape.length === 1 || n < 4000) continue;
      looked++;
      const { uniform, deviation } = weightDeviation(name, shape);
      const mean = values.reduce((a, b) => a + b, 0) / n;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
      // Five standard errors; a variance has √((κ − 1)/n) with kurtosis κ 1.8 (uniform) or 3 (normal).
      expect(Math.abs(mean), key).toBeLessThan((5 * deviation) / Math.sqrt(n));
      const relative = Math.sqrt((uniform ? 0.8 : 2) / n);
      expect(Math.abs(variance / deviation ** 2 - 1), key).toBeLessThan(5 * relative);
      const largest = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0) / deviation;
      if (uniform) expect(Math.abs(largest - Math.sqrt(3)), key).toBeLessThan(0.01);
      else expect(largest, key).toBeGreaterThan(3);
    }
    expect(looked).toBeGreaterThan(0);
  });

  it('draws again from the same seed, another for each layer', () => {
    const network = build('resnet20s');
    const [a, b] = [0, 0].map(() => initialize(network, createRng(5)));
    expect(a).toEqual(b);
    expect(a['conv2.weight']).not.toEqual(a['conv3.weight']);
  });
});

describe('parameter counts of the small networks', () => {
  // Counted by PyTorch: grey 28x28 and colour 32x32, each without and with batch norm.
  it.each([
    ['cnn_small', [53_090, 53_138, 68_706, 68_754]],
    ['cifar_model', [81_710, 81_758, 105_966, 106_014]],
    ['cifar_model_16_32', [166_406, 166_502, 214_918, 215_014]],
    ['cifar_model_deep', [579_862, 580_694, 670_038, 670_870]],
    ['mlp', [269_322, 269_322, 855_050, 855_050]],
  ])('%s: %j', (name, counts) => {
    const found = [
      [28, 1],
      [32, 3],
    ].flatMap(([side, channels]) =>
      [false, true].map((bn) => parameterCount(build(name, side, channels, bn))),
    );
    expect(found).toEqual(counts);
  });
});
