/** @file What a pool and its workers say to each other. */
import { UserError } from '../formats/userError.ts';

/** Memory of one worker in bytes, as of its last message. */
export interface WorkerMemory {
  /** Of the worker's own JavaScript heap. */
  readonly heapUsed: number;
  /** Array buffers and native memory that JavaScript objects hold. */
  readonly external: number;
  /** Resident memory of the whole process: all workers and the caller. */
  readonly processResident: number;
}

export type ToWorker =
  | { readonly kind: 'task'; readonly id: number; readonly task: unknown }
  | { readonly kind: 'abort'; readonly id: number }
  | { readonly kind: 'close' };

/** An error as it crosses threads. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
}

export type FromWorker =
  | { readonly kind: 'progress'; readonly id: number; readonly progress: unknown }
  | { readonly kind: 'result'; readonly id: number; readonly result: unknown; readonly memory: WorkerMemory }
  | { readonly kind: 'error'; readonly id: number; readonly error: SentError; readonly memory: WorkerMemory };

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
