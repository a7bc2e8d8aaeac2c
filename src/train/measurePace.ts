/** @file Measures on noise how long training's parts take here: a step, a batch of accuracies, a batch of bounds. */
import { performance } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { Dataset } from '../data/dataset.ts';
import { createRng } from '../data/rng.ts';
import { maskFeeds } from '../nn/masks.ts';
import { initialize } from '../nn/initialize.ts';
import type { Network } from '../nn/network.ts';
import { outputShape } from '../nn/shapes.ts';
import { sizeOf } from '../tensor/index.ts';
import { certifiedMetrics, certifyBatchSize } from './certify.ts';
import type { CertifyPlan } from './measures/measure.ts';
import { evaluateAccuracies } from './evaluate.ts';
import { startCheckpoint, type TrainPlan } from './plan.ts';
import { objectives } from './objectives/objectives.ts';
import { numbersIn, stepMachine } from './stepMachine.ts';

/** Seconds that the timed steps may take, and the timed pass; there is at least one of each. */
const stepBudget = 3;
const passBudget = 1;

/** No more repetitions: the median does not change. */
const mostRepetitions = 25;

/** How long a pass over images takes. */
export interface PassPace {
  /** Seconds of each pass, whatever its length: the program is traced and lowered anew. */
  readonly onceSeconds: number;
  readonly batchSeconds: number;
  /** Images in a batch. */
  readonly batchSize: number;
}

/** Seconds of a pass over so many images. */
export const passSeconds = ({ onceSeconds, batchSeconds, batchSize }: PassPace, images: number): number =>
  images === 0 ? 0 : onceSeconds + Math.ceil(images / batchSize) * batchSeconds;

const seedOfNoise = 'pace';

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  const seconds = (performance.now() - began) / 1e3;
  // Lets timers and signals in: a run blocks the event loop.
  await setImmediate();
  return seconds;
}

/**
 * Median seconds of a training step with the objective that the plan comes down to at a radius, from fresh weights on
 * noise. The learning rate is 0, so that the numbers stay what they are.
 * @param maskKeys parameters that have a mask; ONNX Runtime multiplies pruned weights like others, so a sparse state's
 * step takes what a dense one's does
 * @throws UserError where the device cannot be used
 */
export async function measureStep(
  plan: TrainPlan,
  maskKeys: readonly string[],
  epsilon: number,
  budget = stepBudget,
): Promise<number> {
  const { network, batchSize, regularizers = {} } = plan;
  const rng = createRng(seedOfNoise);
  const numbers = initialize(network, rng.fork('weights'));
  const masks = Object.fromEntries(maskKeys.map((key) => [key, new Uint8Array(numbers[key].length).fill(1)]));
  const ready = await stepMachine(plan, startCheckpoint(numbers, masks)).at(epsilon);
  const { runner, blocks, noise, release } = ready;
  const uniform = (name: string, length: number, low: number): Float32Array =>
    rng.fork(name).fillUniform(new Float32Array(length), low, 1);
  const labels = rng.fork('labels');
  const [classes] = outputShape(network);
  const feeds = {
    masks: maskFeeds(masks),
    x: uniform('images', batchSize * sizeOf(network.inputShape), 0),
    y: Int32Array.from({ length: batchSize }, () => labels.integer(classes)),
    noise: Object.fromEntries(
      Object.entries(noise).map(([name, shape]) => [name, uniform(name, sizeOf(shape), -1)]),
    ),
    learningRate: 0,
    epsilon,
    weights: Object.fromEntries(Object.entries(regularizers).map(([name, { weight }]) => [name, weight])),
  };
  const specs = objectives.named(ready.objective).blocks?.specs(network) ?? {};
  const nothing = Object.fromEntries(
    Object.entries(specs).map(([name, shape]) => [name, new Float32Array(sizeOf(shape))]),
  );
  const step = (): Promise<number> => secondsOf(() => runner.step({ ...feeds, found: nothing }));
  try {
    const before = await blocks?.estimate({ ...feeds, numbers: numbersIn(runner) });
    // The first one opens the session.
    await step();
    const found: number[] = [];
    let total = 0;
    do {
      const seconds = await step();
      found.push(seconds);
      total += seconds;
    } while (total < budget && found.length < mostRepetitions);
    return median(found) + (before ?? 0);
  } finally {
    await release();
  }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** The pace of `evaluateAccuracies` with a plan's network and evaluation. @throws as `measureStep` */
export async function measureAccuracies(
  { network, evaluation, engine }: Pick<TrainPlan, 'network' | 'evaluation' | 'engine'>,
  budget = passBudget,
): Promise<PassPace> {
  const numbers = initialize(network, createRng(seedOfNoise));
  const { batchSize } = evaluation;
  const pass = (images: Dataset): Promise<unknown> =>
    evaluateAccuracies(network, numbers, images, evaluation, { rng: createRng(seedOfNoise), engine });
  return measurePass((batches) => pass(noiseImages(network, batches * batchSize)), batchSize, budget);
}

/**
 * The pace of `certifiedMetrics`.
 * @param images of a whole pass, which decide the size of its batches; at least one
 * @throws as `measureStep`
 */
export async function measureBounds(
  { network, engine }: Pick<TrainPlan, 'network' | 'engine'>,
  certify: CertifyPlan,
  images: number,
  budget = passBudget,
): Promise<PassPace> {
  const numbers = initialize(network, createRng(seedOfNoise));
  const batchSize = certifyBatchSize(network, Math.min(images, certify.images));
  const pass = (dataset: Dataset, count: number): Promise<unknown> =>
    certifiedMetrics(network, numbers, dataset, { ...certify, images: count, batchSize }, { engine });
  return measurePass(
    (batches) => pass(noiseImages(network, batches * batchSize), batches * batchSize),
    batchSize,
    budget,
  );
}

/** From passes of one batch and of several, as far as the budget goes; else one pass counts as a batch. */
async function measurePass(
  pass: (batches: number) => Promise<unknown>,
  batchSize: number,
  budget: number,
): Promise<PassPace> {
  const timed = (batches: number): Promise<number> => secondsOf(() => pass(batches));
  // The first one opens the session.
  await timed(1);
  const first = await timed(1);
  const more = Math.min(mostRepetitions, Math.floor(budget / first) - 1);
  if (more < 1) return { onceSeconds: 0, batchSeconds: first, batchSize };
  const single = median([first, await timed(1), await timed(1)]);
  const several = await timed(1 + more);
  const difference = (several - single) / more;
  // Where other work on the machine hides the difference, all of the time is the batches'.
  const batchSeconds = difference > 0 && difference <= single ? difference : several / (1 + more);
  return { onceSeconds: Math.max(0, single - batchSeconds), batchSeconds, batchSize };
}

/** Images of noise that a network takes. */
function noiseImages(network: Network, count: number): Dataset {
  const rng = createRng(seedOfNoise);
  const [channels, height, width] = network.inputShape;
  const [classes] = outputShape(network);
  return {
    name: 'noise',
    images: Uint8Array.from({ length: count * sizeOf(network.inputShape) }, () => rng.integer(256)),
    labels: Int32Array.from({ length: count }, () => rng.integer(classes)),
    shape: [channels, height, width],
    classes,
    classNames: Array.from({ length: classes }, (_, i) => String(i)),
    mean: [],
    std: [],
  };
}
