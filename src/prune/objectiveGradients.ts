/** @file Gradients of the training loss in the weights, for scores that come from images. */
import { setImmediate } from 'node:timers/promises';
import { batchesPerEpoch, epochBatches, type Batch } from '../data/batches.ts';
import { imageCount } from '../data/dataset.ts';
import { compile } from '../engine/compile.ts';
import { UserError } from '../formats/userError.ts';
import { maskNumbers } from '../nn/masks.ts';
import { isDropout } from '../nn/layers/dropout.ts';
import type { Network, Parameters } from '../nn/network.ts';
import { add, float32, int32, mul, sum, valueAndGrad, vjp, type Tensor } from '../tensor/index.ts';
import { objectiveContext } from '../train/objectives/context.ts';
import { objectives } from '../train/objectives/objectives.ts';
import { regularizers } from '../train/regularizers/regularizers.ts';
import type { CriterionContext, ScoringData } from './criteria/criterion.ts';
import { splitByMasks } from './masks.ts';

/** The images of a context. @throws UserError naming the method that cannot do without them */
export function scoringData(context: CriterionContext, method: string): ScoringData {
  if (!context.data)
    throw new UserError(
      `${method} takes its scores from training or validation images, and none were given. ` +
        'Choose a dataset, or a prune_method that needs none (l1unstruct, synflow, slim).',
    );
  return context.data;
}

/** Batches of scoring images in a random order that depends on the context's generator alone. */
export function* scoringBatches({ rng }: CriterionContext, data: ScoringData): Generator<Batch> {
  const batchSize = Math.min(data.batchSize, imageCount(data.dataset));
  const wanted = Math.max(1, Math.floor(data.images / batchSize));
  const count = Math.min(wanted, batchesPerEpoch(data.dataset, batchSize));
  const batches = epochBatches({ dataset: data.dataset, batchSize, rng: rng.fork('scores'), epoch: 0 });
  for (const batch of batches) {
    if (batch.index >= count) return;
    yield batch;
  }
}

/** What the programs here are fed beside the weights. */
export interface BatchTensors {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly noise: Parameters<Tensor>;
  readonly epsilon: Tensor;
}

/** The objective whose derivatives make scores: the data's own, or the one it names for that. */
function scoringObjective({ objective, objectiveOptions }: ScoringData) {
  const { scores } = objectives.named(objective);
  return scores
    ? { own: objectives.named(scores.objective), options: { ...objectiveOptions, ...scores.options } }
    : { own: objectives.named(objective), options: objectiveOptions };
}

/** Specs of a batch for the context's objective. */
export function batchSpecs(network: Network, data: ScoringData) {
  const batchSize = Math.min(data.batchSize, imageCount(data.dataset));
  const shape = [batchSize, ...network.inputShape];
  const { own, options } = scoringObjective(data);
  const noise = Object.entries(own.noise(options, shape));
  return {
    x: float32(shape),
    y: int32([batchSize]),
    noise: Object.fromEntries(noise.map(([name, s]) => [name, float32(s)])),
    epsilon: float32([]),
  };
}

/** Feeds of a batch; noise from forks of its own. */
export function batchFeeds({ rng, network }: CriterionContext, data: ScoringData, { x, y, index }: Batch) {
  const specs = batchSpecs(network, data);
  const noise = Object.entries(specs.noise).map(([name, { shape }]) => {
    const values = new Float32Array(shape.reduce((n, d) => n * d, 1));
    return [name, rng.fork(`scores/${name}/${index}`).fillUniform(values, -1, 1)] as const;
  });
  return { x, y, noise: Object.fromEntries(noise), epsilon: data.epsilon };
}

/** Nothing is dropped: a score is to tell what a weight is worth to the network that will be used. */
const withoutDropout = (network: Network): Network => ({
  ...network,
  layers: network.layers.map((layer) => (isDropout(layer) ? { ...layer, rate: 0 } : layer)),
});

/**
 * The training loss of a batch: the objective, and the regularisers of `data` at their full weights. Batch norm is in
 * training mode as in the training step; dropout keeps everything.
 */
export function trainingLoss(
  network: Network,
  data: ScoringData,
  params: Parameters<Tensor>,
  batch: BatchTensors,
): Tensor {
  const { own: objective, options } = scoringObjective(data);
  const { norm } = options;
  const site = { network: withoutDropout(network), params, ...batch, norm, mode: 'train' } as const;
  const context = objectiveContext(site);
  const { loss, final } = objective.evaluate(context, options);
  return Object.entries(data.regularizers ?? {}).reduce(
    (total, [name, { weight, options: own = {} }]) =>
      add(total, mul(regularizers.named(name).evaluate(context, own, final), weight)),
    loss,
  );
}

/** Shapes of a context's numbers: of those to be scored, and of the rest. */
const splitSpecs = ({ masks, network }: CriterionContext) =>
  splitByMasks(network, masks, ({ shape }) => float32(shape));

type Program = { run(feeds: unknown): Promise<Readonly<Record<string, { data: ArrayLike<number> }>>> };

/** The mean of a program's results over the batches, f64. */
async function averaged(
  context: CriterionContext,
  data: ScoringData,
  program: Program,
  further: Readonly<Record<string, unknown>> = {},
): Promise<Record<string, Float64Array>> {
  const masked = maskNumbers(context.numbers as Record<string, Float32Array>, context.masks);
  const feeds = splitByMasks(context.network, context.masks, ({ key }) => Float32Array.from(masked[key]));
  const totals: Record<string, Float64Array> = {};
  let batches = 0;
  for (const batch of scoringBatches(context, data)) {
    data.signal?.throwIfAborted();
    const found = await program.run({ ...feeds, ...further, batch: batchFeeds(context, data, batch) });
    for (const [key, { data: values }] of Object.entries(found)) {
      const total = (totals[key] ??= new Float64Array(values.length));
      for (let i = 0; i < total.length; i++) total[i] += values[i];
    }
    batches++;
    await setImmediate();
  }
  for (const total of Object.values(totals)) for (let i = 0; i < total.length; i++) total[i] /= batches;
  return totals;
}

/**
 * Mean gradient of the training loss in the masked weights, by key.
 * @param method whose scores need it, for messages
 * @throws UserError where the context has no images
 */
export async function meanGradients(
  context: CriterionContext,
  method: string,
): Promise<Record<string, Float64Array>> {
  const data = scoringData(context, method);
  const { network } = context;
  const program = compile(
    ({ weights, rest, batch }) => {
      const lossOf = (p: Parameters<Tensor>): Tensor => trainingLoss(network, data, { ...p, ...rest }, batch);
      return valueAndGrad(lossOf)(weights)[1];
    },
    { ...splitSpecs(context), batch: batchSpecs(network, data) },
    data.engine,
  );
  return averaged(context, data, program);
}

/** Mean over the batches of H·v for the training loss's Hessian H in the masked weights. @param directions v by key */
export async function hessianProducts(
  context: CriterionContext,
  directions: Readonly<Record<string, Float64Array>>,
  method: string,
): Promise<Record<string, Float64Array>> {
  const data = scoringData(context, method);
  const { network } = context;
  const specs = splitSpecs(context);
  const program = compile(
    ({ weights, rest, batch, direction }) => {
      const keys = Object.keys(weights);
      const loss = trainingLoss(network, data, { ...weights, ...rest }, batch);
      const leaves = keys.map((key) => weights[key]);
      const gradients = vjp(loss, leaves);
      const slope = gradients
        .map((g, i) => sum(mul(g, direction[keys[i]])))
        .reduce((total, part) => add(total, part));
      const products = vjp(slope, leaves);
      return Object.fromEntries(keys.map((key, i) => [key, products[i]]));
    },
    { ...specs, batch: batchSpecs(network, data), direction: specs.weights },
    data.engine,
  );
  const direction = Object.fromEntries(
    Object.entries(directions).map(([key, values]) => [key, Float32Array.from(values)]),
  );
  return averaged(context, data, program, { direction });
}
