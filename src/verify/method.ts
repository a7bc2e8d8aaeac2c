/** @file The complete methods by name: what decides what bounds leave open. */
import type { Norm } from '../bounds/ball.ts';
import { UserError } from '../formats/userError.ts';

/** Under α,β-CROWN's names. */
export const methods = ['bab', 'bab-refine', 'mip'] as const;
export type Method = (typeof methods)[number];

/** @throws UserError where a method cannot answer for inputs of a norm */
export function requireMethodFor(method: Method | undefined, norm: Norm | undefined): void {
  if (method === 'mip' && norm === 2)
    throw new UserError(
      'The method mip solves linear integer programs, and an l2 ball is not linear. Use the method bab, or the norm 1 or inf.',
    );
}
