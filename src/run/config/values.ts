/** @file Value types of the configuration beyond YAML's own: fractions, flags, lists, sizes, options. */
import { z } from 'zod';
import { bytesOf, normOf } from './texts.ts';

const fraction = /^\s*(\d+(?:\.\d+)?)\s*\/\s*(\d+(?:\.\d+)?)\s*$/;

/** A radius in raw pixel units: a number or a fraction such as `8/255`. */
export const radius = z
  .union([z.number(), z.string()], { error: 'expected a number or a fraction such as "8/255"' })
  .transform((value, context) => {
    const parts = typeof value === 'string' ? fraction.exec(value) : null;
    const read = parts ? Number(parts[1]) / Number(parts[2]) : Number(value === '' ? Number.NaN : value);
    if (read >= 0 && read < Infinity) return read;
    const got = JSON.stringify(value);
    context.addIssue({
      code: 'custom',
      message: `expected a number from 0 on or a fraction such as "8/255", got ${got}`,
    });
    return z.NEVER;
  });

/** `true`/`false`, or the original study's 1/0. */
export const flag = z
  .union([z.boolean(), z.literal(0), z.literal(1)], { error: 'expected true or false (or 1 or 0)' })
  .transform(Boolean);

const epochListError = 'expected a list of rising epoch numbers such as [140, 170]';

/** Rising epoch numbers: a YAML list, or the original's `10,15`. */
export const epochList = z
  .union([z.array(z.number()), z.string(), z.number()], { error: epochListError })
  .transform((value, context) => {
    const list = typeof value === 'string' ? value.split(',').map(Number) : [value].flat();
    if (list.every((epoch, i) => Number.isInteger(epoch) && epoch >= 0 && (i === 0 || epoch > list[i - 1])))
      return list;
    context.addIssue({ code: 'custom', message: `${epochListError}, got ${JSON.stringify(value)}` });
    return z.NEVER;
  });

/** One number, or a list of them. */
export const numberList = z
  .union([z.number(), z.array(z.number()).min(1)], { error: 'expected a number or a list of numbers' })
  .transform((value) => [value].flat());

/** One name or index, or a list of them. */
export const nameList = z
  .union([z.string(), z.int(), z.array(z.union([z.string(), z.int()]))], {
    error: 'expected a list of names or indices such as [age, 3]',
  })
  .transform((value) => [value].flat().map(String));

const sizeError = 'expected a size such as 512MB or 4GB';

/** Bytes: a number or a text with a unit. */
export const byteSize = z
  .union([z.number(), z.string()], { error: sizeError })
  .transform((value, context) => {
    const bytes = typeof value === 'number' ? value : bytesOf(value);
    if (bytes !== undefined && bytes > 0) return bytes;
    context.addIssue({ code: 'custom', message: `${sizeError}, got ${JSON.stringify(value)}` });
    return z.NEVER;
  });

const optionsError = 'expected options such as "start=11,length=81,mid=0.4"';

/** Options as a group of keys, where they are written as in the original: `start=11,length=81,mid=0.4`. */
export function readOptions(value: unknown, context: z.core.$RefinementCtx): unknown {
  if (typeof value !== 'string') return value;
  const entries: [string, number | string][] = [];
  for (const part of value.split(',').filter((piece) => piece.trim() !== '')) {
    const [key, option, ...rest] = part.split('=').map((piece) => piece.trim());
    if (!key || option === undefined || option === '' || rest.length > 0) {
      context.addIssue({ code: 'custom', message: `${optionsError}, got ${JSON.stringify(value)}` });
      return z.NEVER;
    }
    entries.push([key, Number.isNaN(Number(option)) ? option : Number(option)]);
  }
  return Object.fromEntries(entries);
}

/** The norm of the perturbation. */
export const norm = z
  .custom<string | number>(
    (value) => (typeof value === 'string' || typeof value === 'number') && normOf(value) !== undefined,
    { error: 'expected inf, 2 or 1' },
  )
  .transform((value) => normOf(value)!);
