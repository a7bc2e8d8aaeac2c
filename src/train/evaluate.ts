/** @file Accuracies of a network on a dataset: clean, under FGSM, under PGD. */
import { setImmediate } from 'node:timers/promises';
import { epsilonBox, radiusOf } from '../attack/box.ts';
import { fgsm } from '../attack/fgsm.ts';
import { crossEntropyGoal, labelMargin } from '../attack/goal.ts';
import { pgdAttack } from '../attack/pgd.ts';
import { evaluationBatches } from '../data/batches.ts';
import { imageCount, type Dataset } from '../data/dataset.ts';
import type { Rng } from '../data/rng.ts';
import { compile, type CompileOptions } from '../engine/compile.ts';
import { forward } from '../nn/forward.ts';
import type { Network, Parameters } from '../nn/network.ts';
import { parameterInputs, splitParameters } from '../nn/parameters.ts';
import { float32, gt, indicator, int32, mul, sum, type Tensor } from '../tensor/index.ts';
import type { EvaluationPlan } from './plan.ts';

/** Fractions in 0..1; under attack an image counts if it is right both clean and attacked. */
export interface Accuracies {
  readonly standard: number;
  readonly fgsm: number;
  readonly pgd: number;
}

/** The program that counts a batch; entries with `valid` 0 are padding. */
function counting(network: Network, { batchSize, pgdSteps, norm }: EvaluationPlan, options: CompileOptions) {
  const image = float32([batchSize, ...network.inputShape]);
  const { trainable, buffers } = parameterInputs(network);
  const count = ({
    params,
    x,
    y,
    valid,
    noise,
    epsilon,
  }: Record<'x' | 'y' | 'valid' | 'noise' | 'epsilon', Tensor> & {
    params: Parameters<Tensor>;
  }) => {
    const logitsOf = (at: Tensor): Tensor => forward(network, params, at, { mode: 'eval' }).output;
    const goal = crossEntropyGoal(y);
    const box = epsilonBox(x, epsilon, norm, network.domain);
    const radius = radiusOf(epsilon, x.shape.length, network.domain);
    const right = (logits: Tensor): Tensor => indicator(gt(labelMargin(logits, y), 0));
    const clean = mul(right(logitsOf(x)), valid);
    const stepped = fgsm((at) => goal.loss(logitsOf(at)), { start: x, box, stepSize: radius });
    const walked = pgdAttack(logitsOf, {
      box,
      goal,
      stepSize: mul(radius, 2.5 / pgdSteps),
      steps: pgdSteps,
      noise,
    });
    return {
      standard: sum(clean),
      fgsm: sum(mul(clean, right(logitsOf(stepped)))),
      pgd: sum(mul(clean, indicator(gt(walked.margin, 0)))),
    };
  };
  return compile(
    count,
    {
      params: { ...trainable, ...buffers },
      x: image,
      y: int32([batchSize]),
      valid: float32([batchSize]),
      noise: float32([1, ...image.shape]),
      epsilon: float32([]),
    },
    options,
  );
}

/**
 * Evaluation mode, a tie counting as wrong.
 * @param rng its forks `evaluate/<batch>` make the random starts of PGD
 * @throws the signal's reason once it is aborted
 */
export async function evaluateAccuracies(
  network: Network,
  numbers: Readonly<Record<string, Float32Array>>,
  dataset: Dataset,
  plan: EvaluationPlan,
  { rng, engine = {}, signal }: { rng: Rng; engine?: CompileOptions; signal?: AbortSignal | undefined },
): Promise<Accuracies> {
  const program = counting(network, plan, engine);
  const { trainable, buffers } = splitParameters(network, numbers);
  const params = { ...trainable, ...buffers };
  const totals = { standard: 0, fgsm: 0, pgd: 0 };
  const { batchSize } = plan;
  for (const { index, x, y, count } of evaluationBatches(dataset, batchSize)) {
    signal?.throwIfAborted();
    const found = await program.run({
      params,
      x,
      y,
      valid: Float32Array.from({ length: batchSize }, (_, i) => (i < count ? 1 : 0)),
      noise: rng.fork(`evaluate/${index}`).fillUniform(new Float32Array(x.length), 0, 1),
      epsilon: plan.epsilon,
    });
    for (const name of ['standard', 'fgsm', 'pgd'] as const) totals[name] += found[name].data[0];
    await setImmediate();
  }
  const images = imageCount(dataset);
  return { standard: totals.standard / images, fgsm: totals.fgsm / images, pgd: totals.pgd / images };
}
