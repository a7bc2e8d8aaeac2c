/** @file Reads a whole file, with errors for the person who named it. */
import { readFileSync } from 'node:fs';
import { systemFault } from './systemFault.ts';
import { UserError } from './userError.ts';

/**
 * The bytes of a file.
 * @param what names the file's part in messages, e.g. `ONNX model`.
 * @throws UserError where it is missing or unreadable.
 */
export function readBytes(path: string, what = 'file'): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UserError(`Cannot read the ${what} ${path}: ${systemFault(error)}.`);
  }
}

/**
 * Runs a reader of bytes or text and puts the file's path before the message of its UserError.
 * @throws UserError `path: message`.
 */
export function namingFile<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${path}: ${error.message}`);
    throw error;
  }
}
