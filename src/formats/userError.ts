/** @file The error whose message is written for the person at the terminal. */

/**
 * A fault in what the user gave (file, configuration, model, specification).
 * The message says what is wrong, where, and what to do; the command line prints it without a stack trace.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}
