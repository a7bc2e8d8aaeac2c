/** @file Append-only files of one JSON object a line, repaired after a kill in the middle of a line; among them a run's log. */
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { systemFault } from '../formats/systemFault.ts';
import { UserError } from '../formats/userError.ts';
import type { EventRecord } from './records.ts';

/**
 * Reads all whole lines and cuts off a last line that is not whole (no newline at its end).
 * @returns no objects where there is no file
 * @throws UserError naming the line where an earlier one is damaged
 */
export function openJsonLines(path: string): unknown[] {
  if (!existsSync(path)) return [];
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) truncateSync(path, end);
  const lines = bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch {
      throw new UserError(
        `${path}, line ${index + 1} is not valid JSON. Delete the line, or restore the file.`,
      );
    }
  });
}

/**
 * Appends one object as a line and flushes it to the disk. Numbers that are not finite become null.
 * @throws UserError where the file cannot be written
 */
export function appendJsonLine(path: string, value: unknown): void {
  try {
    const descriptor = openSync(path, 'a');
    try {
      writeSync(descriptor, `${JSON.stringify(value)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new UserError(`Cannot write ${path}: ${systemFault(error)}.`);
  }
}

/** The open log of a run. */
export interface EventLog {
  /** Appends; an epoch or pruning that is already there (a resumed run repeats its last piece) is left alone. */
  append(event: EventRecord): void;
}

/** Opens the log, cutting off a last line that a kill left half-written. */
export function openEventLog(path: string): EventLog {
  const known = new Set(openJsonLines(path).map((event) => keyOf(event as EventRecord)));
  return {
    append(event) {
      const key = keyOf(event);
      if (key !== undefined && known.has(key)) return;
      appendJsonLine(path, event);
      known.add(key);
    },
  };
}

function keyOf(event: EventRecord): string | undefined {
  if (event.type === 'epoch') return `epoch ${event.state} ${event.epoch}`;
  if (event.type === 'prune') return `prune ${event.state}`;
  return undefined;
}
