/** @file Two networks side by side in plain ONNX Runtime: do they agree, how long do they take. */
import { performance } from 'node:perf_hooks';
import type { Rng } from '../data/rng.ts';
import { hostTensor } from '../engine/hostTensor.ts';
import { openPlainModel, type PlainModel } from '../engine/replay.ts';
import { encodeModel } from '../formats/onnx/encode.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { onnxNames, toOnnx } from '../nn/toOnnx.ts';
import { sizeOf, type Shape } from '../tensor/index.ts';

/** The exported form of a network, opened with one thread. */
export const openExported = ({ network, numbers }: NumberedNetwork): Promise<PlainModel> =>
  openPlainModel(encodeModel(toOnnx(network, numbers)), { threads: 1 }, network.name);

async function outputs(model: PlainModel, x: Float32Array, shape: Shape): Promise<ArrayLike<number>> {
  const found = await model.run({ [onnxNames.input]: hostTensor(x, shape) });
  return found[onnxNames.output].data;
}

const batchSize = 50;

/** What two networks answered. */
export interface Comparison {
  /** Largest absolute difference of outputs. */
  readonly difference: number;
  /** Largest absolute output. */
  readonly largest: number;
}

/** Runs both on random images, uniform in 0..1. */
export async function compareOutputs(
  first: NumberedNetwork,
  second: NumberedNetwork,
  images: number,
  rng: Rng,
): Promise<Comparison> {
  const [a, b] = [await openExported(first), await openExported(second)];
  let difference = 0;
  let largest = 0;
  for (let done = 0; done < images; done += batchSize) {
    const shape = [Math.min(batchSize, images - done), ...first.network.inputShape];
    const x = rng.fork(`images/${done}`).fillUniform(new Float32Array(sizeOf(shape)), 0, 1);
    const [u, v] = [await outputs(a, x, shape), await outputs(b, x, shape)];
    for (let i = 0; i < u.length; i++) {
      const apart = Math.abs(u[i] - v[i]);
      if (!(apart <= difference)) difference = apart;
      largest = Math.max(largest, Math.abs(u[i]));
    }
  }
  return { difference, largest };
}

/** Median seconds of a run on one image, one thread. */
export async function measureLatency(net: NumberedNetwork, runs = 50): Promise<number> {
  const model = await openExported(net);
  const shape = [1, ...net.network.inputShape];
  const x = new Float32Array(sizeOf(shape)).fill(0.5);
  const seconds: number[] = [];
  for (let i = 0; i < runs + 5; i++) {
    const began = performance.now();
    await outputs(model, x, shape);
    if (i >= 5) seconds.push((performance.now() - began) / 1e3);
  }
  return seconds.toSorted((p, q) => p - q)[Math.floor(seconds.length / 2)];
}
