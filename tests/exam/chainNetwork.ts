/** @file Networks put together from dense layers, elementwise layers and ReLUs, a line each. */
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';
import type { Layer } from '../../src/nn/network.ts';
import { sizeOf, type Shape } from '../../src/tensor/index.ts';

/** One layer: a matrix by rows with a bias, x·weight + bias elementwise, or a layer without numbers. */
export type Step =
  | { readonly rows: readonly (readonly number[])[]; readonly bias?: readonly number[] }
  | { readonly scale?: number; readonly shift?: number }
  /** A convolution of one channel with a 1x1 kernel. */
  | { readonly kernel: number }
  /** Batch norm with the same numbers everywhere, running variance 1 and no ε: (x − mean)·gamma + beta. */
  | { readonly gamma: number; readonly beta: number; readonly mean: number }
  | 'relu'
  | 'globalAvgPool2d'
  | 'flatten';

const oneByOne = {
  inChannels: 1,
  outChannels: 1,
  kernel: [1, 1],
  stride: [1, 1],
  padding: [0, 0, 0, 0],
  dilation: [1, 1],
  groups: 1,
  bias: false,
} as const;

/** The network of these layers, numbers rounded to f32. */
export function chainOf(inputShape: Shape, steps: readonly Step[]): NumberedNetwork {
  const layers: Layer[] = [];
  const numbers: Record<string, Float32Array> = {};
  let [last, width] = ['input', sizeOf(inputShape)];
  steps.forEach((step, k) => {
    const [name, inputs] = [`layer${k}`, [last]];
    if (typeof step === 'string') layers.push({ kind: step, name, inputs });
    else if ('kernel' in step) {
      layers.push({ kind: 'conv2d', name, inputs, ...oneByOne });
      numbers[`${name}.weight`] = Float32Array.of(step.kernel);
    } else if ('gamma' in step) {
      layers.push({ kind: 'batchNorm1d', name, inputs, features: width, eps: 0, momentum: 0.1 });
      const { gamma, beta, mean } = step;
      for (const [key, value] of Object.entries({
        weight: gamma,
        bias: beta,
        running_mean: mean,
        running_var: 1,
      }))
        numbers[`${name}.${key}`] = new Float32Array(width).fill(value);
    } else if ('rows' in step) {
      const { rows, bias } = step;
      const shape = { inFeatures: width, outFeatures: rows.length, bias: bias !== undefined };
      layers.push({ kind: 'linear', name, inputs, ...shape });
      numbers[`${name}.weight`] = Float32Array.from(rows.flat());
      if (bias) numbers[`${name}.bias`] = Float32Array.from(bias);
      width = rows.length;
    } else {
      const { scale, shift } = step;
      const has = { weight: scale !== undefined, bias: shift !== undefined };
      layers.push({ kind: 'affine', name, inputs, shape: inputShape.map(() => 1), ...has });
      if (scale !== undefined) numbers[`${name}.weight`] = Float32Array.of(scale);
      if (shift !== undefined) numbers[`${name}.bias`] = Float32Array.of(shift);
    }
    last = name;
  });
  return { network: { name: 'chain', inputShape, layers }, numbers };
}

/** n times the same. */
export const copies = <T>(n: number, value: T): T[] => Array.from({ length: n }, () => value);
