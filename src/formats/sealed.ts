/** @file JSON records that carry a checksum of themselves, so that a changed byte is noticed. */
import { crc32 } from 'node:zlib';
import { UserError } from './userError.ts';

/** CRC-32 of bytes or text as eight hexadecimal digits. */
export const checksumOf = (content: Uint8Array | string): string =>
  crc32(content).toString(16).padStart(8, '0');

/** The text of a record; its last entry, `checksum`, is that of the text before it. */
export function sealedJson(record: object): string {
  const body = JSON.stringify(record, null, 2).slice(0, -'\n}'.length);
  return `${body},\n  "checksum": "${checksumOf(body)}"\n}\n`;
}

/** A text whose last entry looks like a checksum, whatever its name. */
const seal = /,\n {2}"([^"]*)": "([^"]{8})"\n\}\n$/;

/**
 * Reads a record, with or without a checksum (older ones have none).
 * @returns the record without it
 * @throws UserError in a few words where it is no JSON, or not what was written
 */
export function openSealed(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UserError(`is not valid JSON (${(error as Error).message})`);
  }
  const found = seal.exec(text);
  if (!found || typeof value !== 'object' || value === null) return value;
  if (found[1] !== 'checksum' || found[2] !== checksumOf(text.slice(0, found.index)))
    throw new UserError('is not what was written: its checksum is wrong');
  const { checksum: _, ...record } = value as Readonly<Record<string, unknown>>;
  return record;
}
