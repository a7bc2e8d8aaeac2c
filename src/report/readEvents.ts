/** @file Reads `events.jsonl`, the append-only log of a run, tolerating the cut last line of a killed run. */
import { UserError } from '../formats/userError.ts';
import { eventSchema, eventTypes, type EventRecord } from '../run/records.ts';
import { checkRecord } from './readFile.ts';

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
    let value: unknown;
    try {
      value = JSON.parse(line, measuredOnly);
    } catch {
      if (at !== last) {
        throw new UserError(`${place} is not valid JSON. Delete the line, or restore the file from a copy.`);
      }
      notices.push(
        `The last line of events.jsonl (line ${at + 1}) is cut off, as a killed run leaves it; it was left out.`,
      );
      continue;
    }
    const type = typeOf(value);
    if (typeof type === 'string' && !eventTypes.has(type)) continue;
    events.push(checkRecord(value, eventSchema, place));
  }
  return { events, notices };
}

function typeOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
}

/** JSON has no NaN: a measured value that was not finite was written as null. It counts as not measured. */
const measuredOnly = (_key: string, value: unknown): unknown => (value === null ? undefined : value);
