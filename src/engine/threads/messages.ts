/** @file What a pool and its threads say to each other. */
import { UserError } from '../../formats/userError.ts';

/** What a thread is started with: the address of its service, and what all its tasks are about. */
export interface ThreadData {
  readonly service: string;
  readonly data: unknown;
}

export type ToThread =
  | { readonly kind: 'task'; readonly id: number; readonly method: string; readonly task: unknown }
  | { readonly kind: 'abort'; readonly id: number }
  | { readonly kind: 'close' };

/** An error as it crosses threads. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
}

export type FromThread =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: SentError };

export function sendError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  return { name: error.name, message: error.message, stack: error.stack };
}

/** The error again; a UserError stays one. */
export function receiveError({ name, message, stack }: SentError): Error {
  if (name === 'UserError') return new UserError(message);
  const error = new Error(message);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}
