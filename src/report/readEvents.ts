/** @file Reads `events.jsonl`, the append-only log of a run, tolerating the cut last line of a killed run. */

import { UserError } from '../formats/userError.ts';
import type { EventRecord } from '../run/records.ts';
import { parseRecord } from './readFile.ts';
import { EVENT_TYPES, eventSchema } from './schemas.ts';

/** The events of a log and what is to be said of its file. */
export interface EventLog {
  readonly events: readonly EventRecord[];
  readonly notices: readonly string[];
}

/**
 * Parses an event log line by line. A last line that is not complete JSON is left out and noted: a run killed
 * while it wrote leaves just that. Unknown types of event are passed over, so that newer runs can be read.
 *
 * @param file for error messages
 * @throws {UserError} naming the line, when any earlier line is damaged
 */
export function parseEvents(text: string, file: string): EventLog {
  const lines = text.split('\n');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  const events: EventRecord[] = [];
  const notices: string[] = [];
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const place = `${file}, line ${at + 1}`;
    let type: unknown;
    try {
      type = typeOf(JSON.parse(line));
    } catch {
      if (at !== last) {
        throw new UserError(`${place} is not valid JSON. Delete the line, or restore the file from a copy.`);
      }
      notices.push(
        `The last line of events.jsonl (line ${at + 1}) is cut off, as a killed run leaves it; it was left out.`,
      );
      continue;
    }
    if (typeof type === 'string' && !EVENT_TYPES.has(type)) continue;
    events.push(withoutNulls(parseRecord(line, eventSchema, place)));
  }
  return { events, notices };
}

function typeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
}

/** JSON has no NaN: a measured value that was not finite was written as null. It counts as not measured. */
function withoutNulls(record: Readonly<Record<string, unknown>>): EventRecord {
  const kept = Object.entries(record).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(kept) as unknown as EventRecord;
}
