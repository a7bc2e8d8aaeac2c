/** @file What an answer says went wrong, as an error. */
import { UserError } from '../../formats/userError.ts';
import type { Answer } from './answer.ts';

/** A UserError where what was given is at fault, else an Error. */
export function errorOf({ message = 'no cause is known', userFault }: Answer): Error {
  return userFault ? new UserError(message) : new Error(message);
}

/** @throws UserError where the certificate of a proof was wanted and could not be written */
export function requireWritten({ unwritten }: Answer): void {
  if (unwritten !== undefined) throw new UserError(unwritten);
}
