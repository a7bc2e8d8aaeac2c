/** @file One entry of a written architecture taken apart: its word, its values, and what is wrong with it. */
import { suggestion } from '../../family/nearest.ts';
import { UserError } from '../../formats/userError.ts';
import { label } from '../../formats/visible.ts';
import type { Field } from '../layers/notation.ts';

/** An entry as a map; a word alone has the value null. */
export type Entry = Readonly<Record<string, unknown>>;

/** @throws UserError beginning with `at` */
export function entryOf(value: unknown, at: string): Entry {
  if (typeof value === 'string') return { [value]: null };
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Entry;
  throw new UserError(
    `${at}: ${shown(value)} is no layer; expected a word such as relu, or {conv: 32, kernel: 3}.`,
  );
}

export const shown = (value: unknown): string => label(JSON.stringify(value) ?? String(value), 90);

/** The one word of an entry that names a kind or a block. @throws UserError where there is none, or several */
export function wordOf(entry: Entry, words: readonly string[], at: string): string {
  const found = Object.keys(entry).filter((key) => words.includes(key));
  if (found.length === 1) return found[0];
  if (found.length > 1)
    throw new UserError(`${at}: ${shown(entry)} names ${found.join(' and ')}; an entry is one layer.`);
  const [first = ''] = Object.keys(entry);
  throw new UserError(
    `${at}: ${shown(Object.keys(entry).length === 1 && entry[first] === null ? first : entry)} names no layer; ${suggestion(first, words)} Layers are: ${words.join(', ')}.`,
  );
}

/** What is wrong is said with its place. */
export interface EntryPlace {
  /** `layer 3` */
  readonly at: string;
  /** Keys that every entry may have. */
  readonly general: readonly string[];
}

/** `{conv: {channels: 32, kernel: 3}}` says what `{conv: 32, kernel: 3}` does. */
function spread(entry: Entry, word: string): Entry {
  const inner = entry[word];
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return entry;
  const { [word]: _, ...others } = entry;
  return { [word]: null, ...others, ...inner };
}

type Fields = Readonly<Record<string, Field>>;

/**
 * The fields of an entry, defaults filled in.
 * @param main the field that stands behind the word
 * @param alone nothing may stand behind the word where it has no main field
 * @throws UserError naming entry, key, and what was expected
 */
export function readFields(
  given: Entry,
  word: string,
  {
    fields,
    main,
    alone,
  }: { readonly fields: Fields; readonly main: string | undefined; readonly alone: boolean },
  { general, at }: EntryPlace,
): Record<string, unknown> {
  const entry = spread(given, word);
  const known = [...Object.values(fields).flatMap(({ keys }) => keys), ...general];
  const unknown = Object.keys(entry).find((key) => key !== word && !known.includes(key));
  if (unknown !== undefined)
    throw new UserError(`${at}: ${word} has no "${label(unknown)}"; ${suggestion(unknown, known)}`);
  const behind = entry[word] === true ? null : entry[word];
  if (main === undefined && alone && behind !== null)
    throw new UserError(`${at}: ${word} takes nothing behind it, got ${shown(behind)}.`);
  const read: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const spellings: string[] = field.keys.filter((key) => Object.hasOwn(entry, key));
    const isMain = name === main && behind !== null;
    if (spellings.length + (isMain ? 1 : 0) > 1)
      throw new UserError(`${at}: ${word} says twice what its ${field.keys[0]} is.`);
    const [key] = spellings;
    if (key === undefined && !isMain) {
      const { fallback } = field;
      if (fallback !== undefined)
        read[name] =
          typeof fallback === 'function' ? (fallback as (before: typeof read) => unknown)(read) : fallback;
      else if (!field.optional)
        throw new UserError(
          `${at}: ${word} needs ${name === main ? `its ${field.keys[0]} behind the word` : `"${field.keys[0]}"`}: ` +
            `${field.expected}.`,
        );
      continue;
    }
    const stated = isMain ? behind : entry[key];
    const value = field.read(stated);
    if (value === undefined)
      throw new UserError(
        `${at}: ${isMain ? word : `${word}, ${key}`}: expected ${field.expected}, got ${shown(stated)}.`,
      );
    read[name] = value;
  }
  return read;
}
