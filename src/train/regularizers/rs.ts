/** @file rs: the RS loss (Xiao et al. 2019, Training for Faster Adversarial Robustness Verification, eq. 8). */
import { nrs, rsOptions, type NrsSettings } from './nrs.ts';
import type { Regularizer } from './regularizer.ts';

/** −tanh(1 + l·u) averaged over all neurons: NRS's parent, the same without γ, at the full radius. */
export const rs: Regularizer<typeof rsOptions, Pick<NrsSettings, 'epsilon' | 'batchShare'>> = {
  name: 'rs',
  title: 'RS loss',
  sentence: 'ReLUs become stable, all alike.',
  options: rsOptions,
  plan: ({ on, form, weight, batchShare }, { epsilon }) =>
    on && form === 'rs' ? { weight, options: { epsilon, batchShare } } : undefined,
  evaluate: (context, settings, final) =>
    nrs.evaluate(context, { ...settings, form: 'adversarial', gammaPow: 0 }, final),
};
