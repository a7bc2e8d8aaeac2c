/** @file hydra: scores learned by training masks under the robust objective (Sehwag et al. 2020). */
import { setImmediate } from 'node:timers/promises';
import { batchesPerEpoch, epochBatches } from '../../data/batches.ts';
import { imageCount } from '../../data/dataset.ts';
import { compile } from '../../engine/compile.ts';
import { hostTensorOf, type HostTensor } from '../../engine/hostTensor.ts';
import { UserError } from '../../formats/userError.ts';
import type { Options, OptionValues } from '../../family/option.ts';
import { maskFeeds, maskNumbers, type Masks } from '../../nn/masks.ts';
import type { Network, Parameters } from '../../nn/network.ts';
import { multiStepLr } from '../../nn/optimizers/learningRate.ts';
import { buildOptimizer, optimizers } from '../../nn/optimizers/optimizers.ts';
import { parameterSpecs } from '../../nn/parameters.ts';
import {
  abs,
  customGradient,
  float32,
  ge,
  indicator,
  mul,
  sign,
  valueAndGrad,
  type Tensor,
} from '../../tensor/index.ts';
import type { Criterion, CriterionContext, Goal, Scores, ScoringData } from './criterion.ts';
import { mapMasks, splitByMasks } from '../masks.ts';
import { batchFeeds, batchSpecs, trainingLoss, scoringData } from '../objectiveGradients.ts';

const options = {
  lr: { type: 'number', above: 0, default: 0.01, sentence: 'Learning rate of the scores.' },
  optimizer: {
    type: 'choice',
    choices: optimizers.names,
    default: 'adam',
    sentence: 'Optimiser of the scores.',
  },
  epochs: { type: 'integer', least: 1, default: 20, sentence: 'Epochs of training the scores.' },
  momentum: { type: 'number', least: 0, below: 1, default: 0.9, sentence: 'Momentum of SGD.' },
  decreasingLr: {
    type: 'epochs',
    default: [10, 15],
    sentence: 'Epochs at which the rate falls to a tenth.',
  },
} as const satisfies Options;

/** How the scores are trained; the weights stay as they are. */
type HydraOptions = OptionValues<typeof options>;

/** √(6/fan_in)·w/max|w| per layer (§3, scaled initialisation): the largest weights start on top. */
export function initialScores(network: Network, context: Pick<CriterionContext, 'numbers' | 'masks'>) {
  const shapes = new Map(parameterSpecs(network).map((s) => [s.key, s.shape]));
  return mapMasks(context.masks, (mask, key) => {
    const weights = context.numbers[key];
    const fanIn = shapes
      .get(key)!
      .slice(1)
      .reduce((n, d) => n * d, 1);
    let largest = 0;
    for (let i = 0; i < mask.length; i++)
      if (mask[i] === 1) largest = Math.max(largest, Math.abs(weights[i]));
    const scale = largest === 0 ? 0 : Math.sqrt(6 / fanIn) / largest;
    return Float32Array.from(weights, (w) => w * scale);
  });
}

/**
 * The weights that the scores keep: w where |s| ≥ threshold, else 0. The gradient goes straight through the choice:
 * ∂/∂s = ∂/∂(kept weight) · w · sign s.
 */
export function keptWeights(weight: Tensor, scores: Tensor, threshold: Tensor, mask: Tensor): Tensor {
  const kept = mul(mul(weight, mask), indicator(ge(abs(scores), threshold)));
  return customGradient(kept, [scores], (g, [s]) => [mul(mul(g, mul(weight, mask)), sign(s))]);
}

/** |s| of the last unit that stays: over all layers together, or of each. */
function thresholds(
  scores: Readonly<Record<string, Float32Array>>,
  masks: Masks,
  { asked }: Goal,
): Record<string, number> {
  const sorted = (keys: readonly string[]): Float32Array => {
    const all = keys.flatMap((key) => [scores[key].filter((_, i) => masks[key][i] === 1).map(Math.abs)]);
    const joined = new Float32Array(all.reduce((n, part) => n + part.length, 0));
    let at = 0;
    for (const part of all) {
      joined.set(part, at);
      at += part.length;
    }
    return joined.sort();
  };
  const at = (values: Float32Array, index: number): number => values[Math.min(index, values.length - 1)] ?? 0;
  if (typeof asked === 'number') {
    const threshold = at(sorted(Object.keys(masks)), asked);
    return mapMasks(masks, () => threshold);
  }
  return mapMasks(masks, (_, key) => at(sorted([key]), asked[key]));
}

/** One step of the scores' training as a program. */
function scoreStep(context: CriterionContext, data: ScoringData, options: HydraOptions) {
  const { network, masks } = context;
  const { weights: scored, rest: others } = splitByMasks(network, masks, ({ shape }) => float32(shape));
  const optimizer = buildOptimizer(options.optimizer, { momentum: options.momentum });
  return compile(
    ({ scores, optimizerState, weights, rest, masks: mask, threshold, batch, lr }) => {
      const lossOf = (s: Parameters<Tensor>): Tensor => {
        const kept = Object.fromEntries(
          Object.keys(s).map((key) => [key, keptWeights(weights[key], s[key], threshold[key], mask[key])]),
        );
        return trainingLoss(network, data, { ...kept, ...rest }, batch);
      };
      const [loss, gradients] = valueAndGrad(lossOf)(scores);
      const { params, state } = optimizer.update({ params: scores, gradients, state: optimizerState, lr });
      return { loss, scores: params, optimizerState: state };
    },
    {
      scores: scored,
      optimizerState: optimizer.stateSpecs(scored),
      weights: scored,
      rest: others,
      masks: scored,
      threshold: mapMasks(masks, () => float32([])),
      batch: batchSpecs(network, data),
      lr: float32([]),
    },
    data.engine,
  );
}

/**
 * |s| after training the scores on the images for the given number of epochs. Batch norm works with batch statistics,
 * its own parameters are left alone; order and noise follow from the context's generator.
 * @throws UserError where the context has no images, or the loss is not finite
 */
async function learnedScores(context: CriterionContext, goal: Goal, given: HydraOptions): Promise<Scores> {
  const data = scoringData(context, 'hydra');
  const { network, masks, rng } = context;
  const program = scoreStep(context, data, given);
  const numbers = maskNumbers(context.numbers as Record<string, Float32Array>, masks);
  const fixed = splitByMasks(network, masks, ({ key }) => Float32Array.from(numbers[key]));
  const constants = { ...fixed, masks: maskFeeds(masks) };
  let scores: Record<string, Float32Array> = initialScores(network, { numbers, masks });
  let optimizerState: Record<string, HostTensor> = {};
  for (const input of program.program.inputs) {
    const { name } = input.attributes;
    const prefix = 'optimizerState.';
    if (name.startsWith(prefix)) optimizerState[name.slice(prefix.length)] = hostTensorOf([], input);
  }
  const rateOf = multiStepLr(given.lr, given.decreasingLr);
  const batchSize = Math.min(data.batchSize, imageCount(data.dataset));
  const steps = batchesPerEpoch(data.dataset, batchSize);
  for (let epoch = 0; epoch < given.epochs; epoch++) {
    for (const batch of epochBatches({ dataset: data.dataset, batchSize, rng: rng.fork('hydra'), epoch })) {
      data.signal?.throwIfAborted();
      const index = epoch * steps + batch.index;
      const made = await program.run({
        ...constants,
        scores,
        optimizerState,
        threshold: thresholds(scores, masks, goal),
        batch: batchFeeds(context, data, { ...batch, index }),
        lr: rateOf(epoch),
      });
      const loss = made.loss.data[0];
      if (!Number.isFinite(loss))
        throw new UserError(
          `hydra stopped: the loss became ${loss} in epoch ${epoch + 1}. Try a smaller hydra.lr.`,
        );
      scores = mapMasks(masks, (_, key) => made.scores[key].data as Float32Array);
      optimizerState = { ...made.optimizerState };
      await setImmediate();
    }
  }
  return mapMasks(masks, (_, key) => Float64Array.from(scores[key], Math.abs));
}

export const hydra: Criterion<typeof options> = {
  name: 'hydra',
  title: 'HYDRA',
  sentence: 'Scores learned by training masks under the training objective.',
  options,
  granularity: 'weight',
  counts: 'total',
  epochs: (own) => own.epochs,
  scores: learnedScores,
};
