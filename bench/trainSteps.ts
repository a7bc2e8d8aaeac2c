/** @file Training steps to be timed: cifar_model_deep, batch 128, 3x32x32, and the flops their formulas need. */
import { cifar10 } from '../src/data/cifar10.ts';
import { createRng } from '../src/data/rng.ts';
import { compile } from '../src/engine/compile.ts';
import { hostTensorOf } from '../src/engine/hostTensor.ts';
import { initialize } from '../src/nn/initialize.ts';
import { splitParameters } from '../src/nn/parameters.ts';
import { buildOptimizer } from '../src/nn/optimizers/optimizers.ts';
import { buildModel } from '../src/nn/zoo/models.ts';
import { objectives } from '../src/train/objectives/objectives.ts';
import type { ObjectiveOptions } from '../src/train/objectives/objective.ts';
import { trainStep, trainStepSpecs, type TrainStepOptions } from '../src/train/trainStep.ts';
import { isSpec } from '../src/tensor/trace.ts';
import { mapTree } from '../src/tensor/tree.ts';
import { layerMultiplyAccumulates } from './flops.ts';

const batchSize = 128;
const network = buildModel('cifar_model_deep', {
  classes: 10,
  inputShape: [3, 32, 32],
  bn: true,
  normalization: cifar10.normalization,
});

const { all, first } = layerMultiplyAccumulates(network);
/** Forward, weight gradient, input gradient but for the first layer. */
const fullPass = 3 * all - first;
/** Forward and input gradient down to the pixels. */
const attackPass = 2 * all;
/** The clean pass for batch statistics, centres and radii: each forward, weight gradient, input gradient. */
const ibpPasses = 3 * fullPass;
/** One backward walk of a row an image, and its two gradients; the walk ends at the pixels. */
const walkPasses = 3 * all;

/** A training step, what its formula needs, and what it may take of flops/rate where it is measured by that. */
export interface TrainCase {
  readonly name: string;
  readonly objective: string;
  readonly options: ObjectiveOptions;
  readonly regularizers?: TrainStepOptions['regularizers'];
  /** Multiply-accumulates an image. */
  readonly macs: number;
  readonly target?: number;
}

export const trainCases: readonly TrainCase[] = [
  { name: 'CE', objective: 'natural', options: {}, macs: fullPass, target: 1.4 },
  { name: 'FGSM', objective: 'fgsm', options: {}, macs: fullPass + attackPass, target: 1.4 },
  {
    name: 'FGSM + GradAlign',
    objective: 'fgsm',
    options: { gradAlignLambda: 0.2 },
    // The second gradient and its own gradient: a pass like an attack, and one like its differentiation.
    macs: fullPass + attackPass + 3 * attackPass,
  },
  {
    name: 'FGSM + NRS',
    objective: 'fgsm',
    options: {},
    regularizers: { nrs: { epsilon: 8 / 255 } },
    macs: fullPass + attackPass + 2 * fullPass,
  },
  { name: 'IBP', objective: 'ibp', options: {}, macs: ibpPasses, target: 1.6 },
  {
    name: 'CROWN-IBP, loss fusion',
    objective: 'crownIbp',
    options: { crownShare: 0.5 },
    macs: ibpPasses + walkPasses,
  },
];

/** A case by name. */
export const trainCase = (name: string): TrainCase => trainCases.find((c) => c.name === name)!;

/** A compiled step with its feeds, and the flops of one run. */
export async function prepareStep(
  { objective, options, regularizers = {}, macs }: TrainCase,
  threads: number,
): Promise<{ readonly run: () => Promise<unknown>; readonly flops: number }> {
  const stepOptions = {
    network,
    objective: objectives.named(objective),
    objectiveOptions: options,
    regularizers,
    optimizer: buildOptimizer('sgd', { momentum: 0.9, weightDecay: 5e-4 }),
    batchSize,
    clip: 8,
    maskKeys: [],
  };
  const specs = trainStepSpecs(stepOptions);
  const step = compile(trainStep(stepOptions), specs, { threads });
  const { trainable, buffers } = splitParameters(network, initialize(network, createRng('weights')));
  const zeros = (tree: unknown) => mapTree(tree, isSpec, (s) => hostTensorOf([], s));
  const shape = batchSize * 3 * 32 * 32;
  const feeds = {
    state: { params: trainable, buffers, optimizer: zeros(specs.state.optimizer) as never },
    masks: {},
    x: createRng('x').fillUniform(new Float32Array(shape), 0, 1),
    y: Int32Array.from({ length: batchSize }, (_, i) => i % 10),
    noise: zeros(specs.noise) as never,
    learningRate: 0.01,
    epsilon: 8 / 255,
    weights: Object.fromEntries(Object.keys(regularizers).map((name) => [name, 0.01])),
    found: zeros(specs.found) as never,
  };
  const into = await step.run(feeds);
  return { run: () => step.run(feeds, into), flops: 2 * macs * batchSize };
}
