/** @file The error behind an answer that is one. */
import { UserError } from '../../formats/userError.ts';
import type { Answer } from './answer.ts';

/** A UserError where what was given is at fault, else an Error. */
export function errorOf({ message = 'no cause is known', userFault }: Answer): Error {
  return userFault ? new UserError(message) : new Error(message);
}
