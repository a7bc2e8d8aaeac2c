/** @file fgsm: cross-entropy at the FGSM point, optionally with gradient alignment. */
import type { Options } from '../../family/option.ts';
import { project } from '../../attack/box.ts';
import { inputGradient, signedStep } from '../../attack/fgsm.ts';
import { add, crossEntropy, mul, sub, type Tensor } from '../../tensor/index.ts';
import { gradAlign } from '../regularizers/gradAlign.ts';
import type { Objective } from './objective.ts';

const options = {
  attackAlpha: {
    type: 'number',
    above: 0,
    default: 1.25,
    key: 'fgsm_alpha',
    sentence: 'Step of the training attack, in units of eps.',
  },
  randomStart: {
    type: 'flag',
    default: false,
    key: 'fgsm_random_start',
    sentence: 'Start the training attack at a random point of the box (fast adversarial training).',
  },
  gradAlignLambda: {
    type: 'number',
    least: 0,
    default: 0,
    key: 'grad_align_cos_lambda',
    sentence: 'Weight of gradient alignment.',
  },
} as const satisfies Options;

/**
 * Training on x + α·ε·sign(∇) projected onto the box (Wong et al. 2020). From the image itself any α ≥ 1 ends at
 * the same corner; from a random start α matters. With `gradAlignLambda` the loss gains λ·(1 − cos(∇₁, ∇₂)): see
 * regularizers/gradAlign.ts.
 */
export const fgsm: Objective<typeof options> = {
  name: 'fgsm',
  title: 'FGSM adversarial training',
  sentence: 'Cross-entropy at the FGSM point, optionally with gradient alignment.',
  bestBy: 'fgsm',
  options,
  noise: ({ randomStart = false, gradAlignLambda = 0 }, shape) => ({
    ...(randomStart && { start: shape }),
    ...(gradAlignLambda > 0 && { align: shape }),
  }),
  evaluate(
    { forward, x, y, radius, noise, box: boxAround },
    { attackAlpha = options.attackAlpha.default, randomStart = false, gradAlignLambda = 0 },
  ) {
    const box = boxAround();
    // The sum, not the mean: the sign is the same, and small gradients stay far from the f32 limit.
    const lossOf = (at: Tensor): Tensor => mul(crossEntropy(forward(at).output, y), x.shape[0]);
    const start = randomStart ? project(add(x, mul(noise['start'], radius)), box) : x;
    const gradient = inputGradient(lossOf, start);
    const final = forward(signedStep(start, gradient, mul(radius, attackAlpha), box));
    const attacked = crossEntropy(final.output, y);
    if (gradAlignLambda === 0) return { loss: attacked, final, metrics: {} };
    const second = project(add(x, mul(noise['align'], radius)), box);
    const cosine = gradAlign(lossOf, gradient, second);
    return {
      loss: add(attacked, mul(sub(1, cosine), gradAlignLambda)),
      final,
      metrics: { gradAlign: cosine },
    };
  },
};
