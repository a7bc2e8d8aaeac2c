/** @file rs: the RS loss (Xiao et al. 2019, Training for Faster Adversarial Robustness Verification, eq. 8). */
import { nrs } from './nrs.ts';
import type { Regularizer } from './regularizer.ts';

/** −tanh(1 + l·u) averaged over all neurons: NRS's parent, the same without γ. */
export const rs: Regularizer = {
  evaluate: (context, options, final) =>
    nrs.evaluate(context, { ...options, form: 'adversarial', gammaPow: 0 }, final),
};
