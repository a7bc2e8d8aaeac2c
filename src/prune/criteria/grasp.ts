/** @file grasp: what removing a weight does to the gradient flow (Wang, Zhang and Grosse 2020). */
import { mapMasks } from '../masks.ts';
import { hessianProducts, meanGradients } from '../objectiveGradients.ts';
import type { Criterion } from './criterion.ts';

/**
 * w ⊙ H g: removing w changes ‖g‖² by −2·w·(H g) to first order (eq. 8), and what raises it most is removed first. H g
 * is the derivative of gᵀ∇L(w) with g held fixed, the mean gradient over the batches; no temperature.
 */
export const grasp: Criterion = {
  name: 'grasp',
  title: 'GraSP',
  sentence: 'What removing a weight does to the gradient flow: w times the Hessian times the gradient.',
  granularity: 'weight',
  counts: 'total',
  async scores(context) {
    const gradients = await meanGradients(context, 'grasp');
    const products = await hessianProducts(context, gradients, 'grasp');
    return mapMasks(context.masks, (_, key) => products[key].map((h, i) => h * context.numbers[key][i]));
  },
};
