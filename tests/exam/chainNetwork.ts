/** @file Networks put together from dense layers, elementwise layers and ReLUs, a line each. */
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';
import type { Layer } from '../../src/nn/network.ts';
import { sizeOf, type Shape } from '../../src/tensor/index.ts';

/** One layer: a matrix by rows with a bias, x·weight + bias elementwise, or a layer without numbers. */
export type Step =
  | { readonly rows: readonly (readonly number[])[]; readonly bias?: readonly number[] }
  | { readonly scale?: number; readonly shift?: number }
  | 'relu'
  | 'globalAvgPool2d'
  | 'flatten';

/** The network of these layers, numbers rounded to f32. */
export function chainOf(inputShape: Shape, steps: readonly Step[]): NumberedNetwork {
  const layers: Layer[] = [];
  const numbers: Record<string, Float32Array> = {};
  let [last, width] = ['input', sizeOf(inputShape)];
  steps.forEach((step, k) => {
    const [name, inputs] = [`layer${k}`, [last]];
    if (typeof step === 'string') layers.push({ kind: step, name, inputs });
    else if ('rows' in step) {
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
