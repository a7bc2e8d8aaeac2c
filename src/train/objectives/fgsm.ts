/** @file fgsm: cross-entropy at the FGSM point, optionally with gradient alignment. */
import { project } from '../../attack/box.ts';
import { inputGradient, signedStep } from '../../attack/fgsm.ts';
import { add, crossEntropy, mul, sub, type Tensor } from '../../tensor/index.ts';
import { gradAlign } from '../regularizers/gradAlign.ts';
import type { Objective } from './objective.ts';

/** Step of the original study in units of epsilon. */
const defaultAlpha = 1.25;

/**
 * Training on x + α·ε·sign(∇) projected onto the box (Wong et al. 2020). From the image itself any α ≥ 1 ends at
 * the same corner; from a random start α matters. With `gradAlignLambda` the loss gains λ·(1 − cos(∇₁, ∇₂)): see
 * regularizers/gradAlign.ts.
 */
export const fgsm: Objective = {
  noise: ({ randomStart = false, gradAlignLambda = 0 }, shape) => ({
    ...(randomStart && { start: shape }),
    ...(gradAlignLambda > 0 && { align: shape }),
  }),
  evaluate(
    { forward, x, y, epsilon, noise, box: boxAround },
    { attackAlpha = defaultAlpha, randomStart = false, gradAlignLambda = 0 },
  ) {
    const box = boxAround();
    // The sum, not the mean: the sign is the same, and small gradients stay far from the f32 limit.
    const lossOf = (at: Tensor): Tensor => mul(crossEntropy(forward(at).output, y), x.shape[0]);
    const start = randomStart ? project(add(x, mul(noise['start'], epsilon)), box) : x;
    const gradient = inputGradient(lossOf, start);
    const final = forward(signedStep(start, gradient, mul(epsilon, attackAlpha), box));
    const attacked = crossEntropy(final.output, y);
    if (gradAlignLambda === 0) return { loss: attacked, final, metrics: {} };
    const second = project(add(x, mul(noise['align'], epsilon)), box);
    const cosine = gradAlign(lossOf, gradient, second);
    return {
      loss: add(attacked, mul(sub(1, cosine), gradAlignLambda)),
      final,
      metrics: { gradAlign: cosine },
    };
  },
};
