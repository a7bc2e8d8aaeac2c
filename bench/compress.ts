/** @file Compression over the whole model zoo: half of every layer's channels pruned; agreement, size and latency. */
import { cifar10 } from '../src/data/cifar10.ts';
import { createRng } from '../src/data/rng.ts';
import { initialize } from '../src/nn/initialize.ts';
import { maskNumbers } from '../src/nn/masks.ts';
import { modelNames, buildModel } from '../src/nn/zoo/models.ts';
import { compress } from '../src/prune/compress.ts';
import { fullMasks, prunableKeys } from '../src/prune/masks.ts';
import { pruneStep } from '../src/prune/prune.ts';
import { compareOutputs, measureLatency } from '../src/prune/runtimeComparison.ts';

/** Random images on which both networks run in plain ONNX Runtime. */
const images = 1000;

async function rowOf(name: string): Promise<string> {
  const inputShape = [3, 32, 32];
  const network = buildModel(name, {
    classes: 10,
    inputShape,
    bn: true,
    normalization: cifar10.normalization,
  });
  const rng = createRng(name);
  const numbers = initialize(network, rng);
  // As after training: no batch norm is the identity, no bias is 0.
  for (const [key, values] of Object.entries(numbers)) {
    if (key.endsWith('running_var')) rng.fork(key).fillUniform(values, 0.5, 1.5);
    else if (/^bn.*weight$/.test(key)) rng.fork(key).fillUniform(values, 0.5, 1.5);
    else if (/bias$|running_mean$/.test(key)) rng.fork(key).fillUniform(values, -0.1, 0.1);
  }
  const context = {
    network,
    numbers,
    masks: fullMasks(network, prunableKeys(network, { linear: true })),
    rng,
  };
  const { masks } = await pruneStep(context, { method: 'l1-channel', rate: 0.5, layerwise: true });
  const pruned = { network, numbers: maskNumbers(numbers, masks) };
  const small = compress(pruned);
  const { difference, largest } = await compareOutputs(pruned, small, images, rng.fork('compare'));
  const [before, after] = [await measureLatency(pruned, 20), await measureLatency(small, 20)];
  const share = (a: number, b: number): string => `${((100 * b) / a).toFixed(0)} %`;
  const cells = [
    name,
    (difference / Math.max(1, largest)).toExponential(1),
    share(small.before.parameters, small.after.parameters),
    share(small.before.macs, small.after.macs),
    `${(1e3 * before).toFixed(2)} → ${(1e3 * after).toFixed(2)} ms`,
  ];
  return `| ${cells.join(' | ')} |`;
}

/** One row a model. */
export async function* compressLines(): AsyncGenerator<string> {
  yield `half of every layer's channels pruned (l1-channel), compressed; ${images} random images in ONNX Runtime, one thread`;
  yield '| model | difference (relative to outputs above 1) | parameters | MACs | latency of one image |';
  yield '| --- | --- | --- | --- | --- |';
  for (const name of modelNames('trained')) yield await rowOf(name);
}
