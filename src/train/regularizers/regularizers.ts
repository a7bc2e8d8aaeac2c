/** @file The table of regularisers. Gradient alignment works on the attack's gradients and is an option of fgsm. */
import { UserError } from '../../formats/userError.ts';
import { l1 } from './l1.ts';
import { nrs } from './nrs.ts';
import type { Regularizer } from './regularizer.ts';
import { rs } from './rs.ts';
import { slim } from './slim.ts';

export const regularizers: Readonly<Record<string, Regularizer>> = { nrs, rs, slim, l1 };

/** A regulariser by name. @throws UserError where the name is unknown */
export function regularizerNamed(name: string): Regularizer {
  const regularizer = regularizers[name];
  if (!regularizer)
    throw new UserError(
      `There is no regulariser '${name}'. Choose one of: ${Object.keys(regularizers).join(', ')}.`,
    );
  return regularizer;
}
