/** @file gmp: gradual magnitude pruning, a cubic rise of sparsity during training (Zhu and Gupta 2018). */
import { totalCount } from '../masks.ts';
import { removeWeights } from '../removeWeights.ts';
import { moments, type MaskingSchedule } from './schedule.ts';

/** s_f·(1 − (1 − p)³) at share p of the way (eq. 1 with initial sparsity 0). */
export const cubicSparsity = (final: number, progress: number): number => final * (1 - (1 - progress) ** 3);

/** The smallest |w| of all layers together go; what is pruned stays pruned. The last change leaves exactly the rest. */
export const gmp: MaskingSchedule<typeof moments> = {
  name: 'gmp',
  title: 'gradual magnitude (gmp)',
  sentence: 'Gradual magnitude pruning: a cubic rise of sparsity during training.',
  options: moments,
  next({ progress, masks, plan, weights }) {
    const { kept, total } = totalCount(masks);
    const gone = Math.round(cubicSparsity(plan.sparsity, progress) * total);
    const asked = gone - (total - kept);
    if (asked <= 0) return undefined;
    const scores = Object.fromEntries(
      Object.keys(masks).map((key) => [key, Float64Array.from(weights[key], Math.abs)]),
    );
    return removeWeights(scores, masks, asked).masks;
  },
};
