/** @file Small random networks of every supported build, and random boxes for them: what the soundness tests run on. */
import type { Rng } from '../../data/rng.ts';
import type { NumberedNetwork } from '../../nn/foldBatchNorm.ts';
import { initialize } from '../../nn/initialize.ts';
import type { Layer, Network } from '../../nn/network.ts';
import { parameterSpecs } from '../../nn/parameters.ts';

/** Architectures, each with a fixed shape so that programs over inputs and weights can be reused. */
export type Architecture =
  | 'sequential'
  | 'deep'
  | 'residual'
  | 'convolutional'
  | 'convResidual'
  | 'pooled'
  | 'leaky'
  | 'smooth';

const linear = (name: string, from: string, inFeatures: number, outFeatures: number): Layer => ({
  kind: 'linear',
  name,
  inputs: [from],
  inFeatures,
  outFeatures,
  bias: true,
});

const plain = (kind: 'relu' | 'flatten', name: string, from: string): Layer => ({
  kind,
  name,
  inputs: [from],
});

const conv = (
  name: string,
  from: string,
  inChannels: number,
  outChannels: number,
  stride: number,
): Layer => ({
  kind: 'conv2d',
  name,
  inputs: [from],
  inChannels,
  outChannels,
  kernel: [3, 3],
  stride: [stride, stride],
  padding: [1, 1, 1, 1],
  dilation: [1, 1],
  groups: 1,
  bias: true,
});

/** A multilayer perceptron with ReLUs between layers of the given widths. */
export function perceptron(widths: readonly number[]): Network {
  const layers: Layer[] = [];
  let last = 'input';
  widths.slice(1).forEach((width, i) => {
    layers.push(linear(`fc${i}`, last, widths[i], width));
    last = `fc${i}`;
    if (i + 2 < widths.length) {
      layers.push(plain('relu', `relu${i}`, last));
      last = `relu${i}`;
    }
  });
  return { name: `mlp ${widths.join('-')}`, inputShape: [widths[0]], layers };
}

const residual: Network = {
  name: 'residual',
  inputShape: [3],
  layers: [
    linear('fc0', 'input', 3, 6),
    plain('relu', 'relu0', 'fc0'),
    linear('fc1', 'relu0', 6, 6),
    plain('relu', 'relu1', 'fc1'),
    linear('fc2', 'relu1', 6, 6),
    { kind: 'add', name: 'sum', inputs: ['fc2', 'relu0'] },
    plain('relu', 'relu2', 'sum'),
    linear('fc3', 'relu2', 6, 3),
  ],
};

const convolutional: Network = {
  name: 'convolutional',
  inputShape: [1, 4, 4],
  layers: [
    conv('conv0', 'input', 1, 2, 1),
    plain('relu', 'relu0', 'conv0'),
    conv('conv1', 'relu0', 2, 3, 2),
    plain('relu', 'relu1', 'conv1'),
    plain('flatten', 'flat', 'relu1'),
    linear('fc', 'flat', 12, 3),
  ],
};

const convResidual: Network = {
  name: 'convolutional residual',
  inputShape: [1, 4, 4],
  layers: [
    conv('conv0', 'input', 1, 2, 2),
    { kind: 'batchNorm2d', name: 'bn0', inputs: ['conv0'], features: 2, eps: 1e-5, momentum: 0.1 },
    plain('relu', 'relu0', 'bn0'),
    conv('conv1', 'relu0', 2, 2, 1),
    { kind: 'add', name: 'sum', inputs: ['conv1', 'relu0'] },
    plain('relu', 'relu1', 'sum'),
    plain('flatten', 'flat', 'relu1'),
    linear('fc', 'flat', 8, 3),
  ],
};

const pooled: Network = {
  name: 'pooled',
  inputShape: [1, 4, 4],
  layers: [
    conv('conv0', 'input', 1, 2, 1),
    plain('relu', 'relu0', 'conv0'),
    {
      kind: 'maxPool2d',
      name: 'pool',
      inputs: ['relu0'],
      kernel: [2, 2],
      stride: [2, 2],
      padding: [0, 0, 0, 0],
    },
    plain('flatten', 'flat', 'pool'),
    linear('fc', 'flat', 8, 3),
  ],
};

const leaky: Network = {
  name: 'leaky',
  inputShape: [3],
  layers: [
    linear('fc0', 'input', 3, 5),
    { kind: 'leakyRelu', name: 'leaky0', inputs: ['fc0'], negativeSlope: 0.1 },
    linear('fc1', 'leaky0', 5, 3),
  ],
};

const smooth: Network = {
  name: 'smooth',
  inputShape: [3],
  layers: [
    linear('fc0', 'input', 3, 5),
    { kind: 'tanh', name: 'tanh0', inputs: ['fc0'] },
    linear('fc1', 'tanh0', 5, 5),
    { kind: 'sigmoid', name: 'sigmoid1', inputs: ['fc1'] },
    linear('fc2', 'sigmoid1', 5, 5),
    plain('relu', 'relu2', 'fc2'),
    linear('fc3', 'relu2', 5, 3),
  ],
};

const architectures: Readonly<Record<Architecture, Network>> = {
  sequential: perceptron([3, 6, 5, 3]),
  deep: perceptron([4, 5, 5, 5, 5, 5, 2]),
  residual,
  convolutional,
  convResidual,
  pooled,
  leaky,
  smooth,
};

export const networkOf = (architecture: Architecture): Network => architectures[architecture];

/** Weights of the usual spread times a random gain, so that neurons of every kind of stability occur; γ of both signs. */
export function randomNumbers(network: Network, rng: Rng): Record<string, Float32Array> {
  const numbers = initialize(network, rng);
  const gain = rng.uniform(0.7, 2.2);
  for (const { key, name, initial } of parameterSpecs(network)) {
    if (name === 'running_var') numbers[key] = numbers[key].map(() => rng.uniform(0.3, 2));
    else if (name === 'running_mean') numbers[key] = numbers[key].map(() => rng.uniform(-0.5, 0.5));
    else if (typeof initial === 'number') numbers[key] = numbers[key].map(() => rng.uniform(-1.5, 1.5));
    else numbers[key] = numbers[key].map((v) => Math.fround(v * gain));
  }
  return numbers;
}

export const randomNetwork = (architecture: Architecture, rng: Rng): NumberedNetwork => {
  const network = networkOf(architecture);
  return { network, numbers: randomNumbers(network, rng) };
};

/** A box in [−2, 2]ⁿ with widths of mixed sizes, some of them zero; narrower where there are many inputs. */
export function randomBox(size: number, rng: Rng): { lower: Float64Array; upper: Float64Array } {
  const widest = rng.uniform(0.05, size > 8 ? 0.2 : 0.8);
  const center = Float64Array.from({ length: size }, () => rng.uniform(-1, 1));
  const radius = center.map(() => (rng.next() < 0.1 ? 0 : rng.uniform(0, widest)));
  return {
    lower: center.map((c, i) => Math.fround(c - radius[i])),
    upper: center.map((c, i) => Math.fround(Math.max(c - radius[i], c + radius[i]))),
  };
}

/** `count` points of a box, [count · n]: corners, then uniform. */
export function pointsIn(
  { lower, upper }: { lower: Float64Array; upper: Float64Array },
  count: number,
  rng: Rng,
): Float64Array {
  const n = lower.length;
  return Float64Array.from({ length: count * n }, (_, k) => {
    const [p, i] = [Math.floor(k / n), k % n];
    const share = p % 2 === 0 ? (rng.next() < 0.5 ? 0 : 1) : rng.next();
    return lower[i] + share * (upper[i] - lower[i]);
  });
}
