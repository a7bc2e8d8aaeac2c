/** @file Reading one file of a run directory, with errors that name the file, the field and the way out. */
import { readFile, stat } from 'node:fs/promises';
import type { ZodType } from 'zod';
import { systemCode, systemFault } from '../formats/systemFault.ts';
import { openSealed } from '../formats/sealed.ts';
import { UserError } from '../formats/userError.ts';
import { labelled } from '../formats/visible.ts';
import { eventSchema, eventTypes, type Fixed, type EventRecord } from '../run/records.ts';

/**
 * The text of a file, or `undefined` where there is none.
 * @throws {UserError} when it is there but cannot be read
 */
export async function readTextIfPresent(file: string): Promise<string | undefined> {
  try {
    // A pipe would be waited for, a device never ends.
    if (!(await stat(file)).isFile()) throw new UserError('it is no plain file');
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new UserError(`${file} cannot be read: ${systemFault(error)}.`);
  }
}

/**
 * The text of a file that must be there.
 * @param purpose what the file is, for the error, e.g. `the resolved configuration`
 * @throws {UserError} when it is missing or cannot be read
 */
export async function readRequiredText(file: string, purpose: string): Promise<string> {
  const text = await readTextIfPresent(file);
  if (text === undefined) {
    throw new UserError(
      `${file} is missing: ${purpose} of a run. Is this a run directory? ` +
        'A run directory is written by "certprune run" and usually lies under runs/.',
    );
  }
  return text;
}

/**
 * Parses a JSON record and checks its shape.
 * @param place the file, or the file and line, for errors
 * @throws {UserError} naming the place and the first field that is wrong
 */
export function parseRecord<T>(text: string, schema: ZodType<T>, place: string): Fixed<T> {
  let value: unknown;
  try {
    value = openSealed(text);
  } catch (error) {
    throw new UserError(
      `${place} ${error instanceof Error ? error.message : String(error)}. ` +
        'The file is damaged: restore it, or see what "certprune run RUN --resume" can do again.',
    );
  }
  return checkRecord(value, schema, place);
}

/** The same of a value that is parsed already. */
export function checkRecord<T>(value: unknown, schema: ZodType<T>, place: string): Fixed<T> {
  const result = schema.safeParse(value);
  // From here on names are labels: a foreign run can hold anything.
  if (result.success) return labelled(result.data) as Fixed<T>;
  const issue = result.error.issues[0];
  const field = issue.path.length > 0 ? `field "${issue.path.join('.')}"` : 'the record';
  throw new UserError(
    `${place}: ${field} is wrong (${issue.message}). The file is damaged or of another version.`,
  );
}

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
