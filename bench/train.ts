/** @file Seconds of training steps against the machine's matrix-product rate: cifar_model_deep, batch 128, 3x32x32. Arguments: names of cases, default all. */
import { performance } from 'node:perf_hooks';
import { normalizations } from '../src/data/normalization.ts';
import { createRng } from '../src/data/rng.ts';
import { compile } from '../src/engine/compile.ts';
import { hostTensorOf } from '../src/engine/hostTensor.ts';
import { initialize } from '../src/nn/initialize.ts';
import type { Conv2dLayer, LinearLayer, Network } from '../src/nn/network.ts';
import { splitParameters } from '../src/nn/parameters.ts';
import { layerShapes } from '../src/nn/shapes.ts';
import { buildOptimizer } from '../src/nn/optimizers/optimizers.ts';
import { buildModel } from '../src/nn/zoo/models.ts';
import { objectiveNamed } from '../src/train/objectives/objectives.ts';
import type { ObjectiveOptions } from '../src/train/objectives/objective.ts';
import { trainStep, trainStepSpecs, type TrainStepOptions } from '../src/train/trainStep.ts';
import { isSpec } from '../src/tensor/trace.ts';
import { mapTree } from '../src/tensor/tree.ts';
import { measureMatmulRate } from './matmulRate.ts';

const threads = Number(process.env['THREADS'] ?? 2);
const repeats = Number(process.env['REPEATS'] ?? 12);
const batchSize = 128;
const network = buildModel('cifar_model_deep', {
  classes: 10,
  inputShape: [3, 32, 32],
  bn: true,
  normalization: normalizations.cifar10,
});

/** Multiply-accumulates of one image's forward pass: all weighted layers, and the first alone. */
function multiplyAccumulates(net: Network): { all: number; first: number } {
  const shapes = layerShapes(net);
  const counts = net.layers
    .filter((l): l is Conv2dLayer | LinearLayer => l.kind === 'conv2d' || l.kind === 'linear')
    .map((l) => {
      const [channels, rows = 1, columns = 1] = shapes.get(l.name)!;
      const perOutput =
        l.kind === 'conv2d' ? (l.inChannels / l.groups) * l.kernel[0] * l.kernel[1] : l.inFeatures;
      return channels * rows * columns * perOutput;
    });
  return { all: counts.reduce((a, b) => a + b), first: counts[0] };
}

const { all, first } = multiplyAccumulates(network);
/** Forward, weight gradient, input gradient but for the first layer. */
const fullPass = 3 * all - first;
/** Forward and input gradient down to the pixels. */
const attackPass = 2 * all;
/** The clean pass for batch statistics, centres and radii: each forward, weight gradient, input gradient. */
const ibpPasses = 3 * fullPass;
/** One backward walk of a row an image, and its two gradients; the walk ends at the pixels. */
const walkPasses = 3 * all;

interface Case {
  readonly name: string;
  readonly objective: string;
  readonly options: ObjectiveOptions;
  readonly regularizers?: TrainStepOptions['regularizers'];
  readonly macs: number;
  readonly target: number;
}

const cases: readonly Case[] = [
  { name: 'CE', objective: 'natural', options: {}, macs: fullPass, target: 1.6 },
  { name: 'FGSM', objective: 'fgsm', options: {}, macs: fullPass + attackPass, target: 1.7 },
  {
    name: 'FGSM + GradAlign',
    objective: 'fgsm',
    options: { gradAlignLambda: 0.2 },
    // The second gradient and its own gradient: a pass like an attack, and one like its differentiation.
    macs: fullPass + attackPass + 3 * attackPass,
    target: 1.7,
  },
  {
    name: 'FGSM + NRS',
    objective: 'fgsm',
    options: {},
    regularizers: { nrs: { epsilon: 8 / 255 } },
    macs: fullPass + attackPass + 2 * fullPass,
    target: 1.7,
  },
  { name: 'IBP', objective: 'ibp', options: {}, macs: ibpPasses, target: 1.6 },
  {
    name: 'CROWN-IBP, loss fusion',
    objective: 'crownIbp',
    options: { crownShare: 0.5 },
    macs: ibpPasses + walkPasses,
    target: 1.6,
  },
];
const wanted = process.argv.slice(2);

const fill = (seed: string) => createRng(seed);

/** Fastest of several steps in milliseconds, and the best rate measured between them. */
async function measure({
  objective,
  options,
  regularizers = {},
}: Case): Promise<{ milliseconds: number; rate: number }> {
  const stepOptions = {
    network,
    objective: objectiveNamed(objective),
    objectiveOptions: options,
    regularizers,
    optimizer: buildOptimizer('sgd', { momentum: 0.9, weightDecay: 5e-4 }),
    batchSize,
    clip: 8,
    maskKeys: [],
  };
  const specs = trainStepSpecs(stepOptions);
  const step = compile(trainStep(stepOptions), specs, { threads });
  const { trainable, buffers } = splitParameters(network, initialize(network, fill('weights')));
  const zeros = (tree: unknown) => mapTree(tree, isSpec, (s) => hostTensorOf([], s));
  const shape = batchSize * 3 * 32 * 32;
  const feeds = {
    state: { params: trainable, buffers, optimizer: zeros(specs.state.optimizer) as never },
    masks: {},
    x: fill('x').fillUniform(new Float32Array(shape), 0, 1),
    y: Int32Array.from({ length: batchSize }, (_, i) => i % 10),
    noise: zeros(specs.noise) as never,
    learningRate: 0.01,
    epsilon: 8 / 255,
    weights: Object.fromEntries(Object.keys(regularizers).map((name) => [name, 0.01])),
  };
  const into = await step.run(feeds);
  let milliseconds = Infinity;
  let rate = 0;
  for (let i = 0; i < repeats; i++) {
    rate = Math.max(rate, await measureMatmulRate(threads));
    const start = performance.now();
    await step.run(feeds, into);
    milliseconds = Math.min(milliseconds, performance.now() - start);
  }
  return { milliseconds, rate };
}

for (const test of cases) {
  if (wanted.length > 0 && !wanted.includes(test.name)) continue;
  const { milliseconds, rate } = await measure(test);
  const flops = 2 * test.macs * batchSize;
  const ideal = (flops / rate) * 1e3;
  console.log(
    `${test.name}: ${milliseconds.toFixed(0)} ms, ${(flops / 1e9).toFixed(1)} GFLOP at ${(rate / 1e9).toFixed(0)} GFLOP/s = ` +
      `${ideal.toFixed(0)} ms: ${(milliseconds / ideal).toFixed(2)} x (target ${test.target})`,
  );
}
