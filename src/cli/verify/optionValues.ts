/** @file Texts of `certprune verify`'s options → values. What only some options need is imported when they are given. */
import type { Norm } from '../../bounds/ball.ts';
import type { LowerSlope } from '../../bounds/rules/relu.ts';
import { UserError } from '../../formats/userError.ts';
import type { BranchingName } from '../../verify/branching/table.ts';
import type { Depth } from '../../verify/files/answer.ts';
import { methods, type Method } from '../../verify/method.ts';
import type { Targets } from '../../verify/specification.ts';

/** First image, and the one after the last. */
export interface ImageRange {
  readonly start: number;
  readonly end: number;
}

const wrong = (option: string, text: string, expected: string): UserError =>
  new UserError(`${option} ${text}: expected ${expected}.`);

/** A number, or a fraction such as 2/255; not below 0. */
function ratio(text: string, option: string): number {
  const parts = text.split('/').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const value = parts.length === 1 ? parts[0] : parts.length === 2 ? parts[0] / parts[1] : Number.NaN;
  if (!Number.isFinite(value) || value < 0)
    throw wrong(option, text, 'a number from 0 on or a fraction such as 2/255');
  return value;
}

/** A radius, or the path of a .npy file of radii. */
export const epsilon = (text: string, option: string): number | string =>
  text.endsWith('.npy') ? text : ratio(text, option);

export async function norm(text: string, option: string): Promise<Norm> {
  const { normOf } = await import('../../run/config/values.ts');
  const found = normOf(text);
  if (found === undefined) throw wrong(option, text, 'inf, 2 or 1');
  return found;
}

/** Numbers or fractions, separated by commas; means may be below 0. */
export const mean = (text: string, option: string): number[] =>
  text
    .split(',')
    .map((part) =>
      part.trim().startsWith('-') ? -ratio(part.trim().slice(1), option) : ratio(part, option),
    );

export function std(text: string, option: string): number[] {
  const values = text.split(',').map((part) => ratio(part, option));
  if (values.includes(0)) throw new UserError(`${option} ${text}: a deviation cannot be 0.`);
  return values;
}

/** A whole number from `least` on. */
export function whole(text: string, option: string, least = 0): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
    throw wrong(option, text, `a whole number from ${least} on`);
  return value;
}

export const threads = (text: string, option: string): number => whole(text, option, 1);

export function range(text: string, option: string): ImageRange {
  const parts = /^(\d+):(\d+)$/.exec(text);
  if (!parts) throw wrong(option, text, 'start:end, e.g. 0:100');
  return { start: Number(parts[1]), end: Number(parts[2]) };
}

export function targets(text: string, option: string): Targets {
  if (text === 'all' || text === 'runner-up' || text === 'all-positive') return text;
  if (text === 'runnerup') return 'runner-up';
  if (!/^\d+$/.test(text)) throw wrong(option, text, 'all, runner-up, all-positive or a class number');
  return { target: Number(text) };
}

/** The modes under α,β-CROWN's names. */
export const depths: Readonly<Record<string, Depth>> = {
  'verified-acc': 'complete',
  'crown-acc': 'bounds',
  'clean-acc': 'clean',
};

export function depth(text: string, option: string): Depth {
  if (!Object.hasOwn(depths, text)) throw wrong(option, text, Object.keys(depths).join(', '));
  return depths[text];
}

/** One of the names of a table. */
function named<T extends string>(text: string, option: string, names: readonly T[]): T {
  const found = names.find((name) => name === text);
  if (found === undefined) throw wrong(option, text, `one of ${names.join(', ')}`);
  return found;
}

export const method = (text: string, option: string): Method => {
  if (!(methods as readonly string[]).includes(text)) throw wrong(option, text, 'bab, bab-refine or mip');
  return text as Method;
};

export async function branching(text: string, option: string): Promise<BranchingName> {
  const { branchingHeuristics } = await import('../../verify/branching/table.ts');
  return named(text, option, Object.keys(branchingHeuristics) as BranchingName[]);
}

export async function relaxation(text: string, option: string): Promise<LowerSlope> {
  const { lowerSlopes } = await import('../../bounds/rules/relu.ts');
  return named(text, option, lowerSlopes);
}

/** A positive number; `none` is no limit. */
export function seconds(text: string, option: string): number {
  const value = text === 'none' ? Infinity : Number(text);
  if (text.trim() === '' || !(value > 0)) throw wrong(option, text, 'a number above 0, or none');
  return value;
}

export async function memory(text: string, option: string): Promise<number> {
  const { bytesOf } = await import('../../run/config/values.ts');
  const bytes = bytesOf(text);
  if (bytes === undefined || bytes < 2 ** 26) throw wrong(option, text, 'a size from 64MB on, such as 4GB');
  return bytes;
}

/** `all`, or numbers and ranges: `0,2-4` → 0 2 3 4. */
export function states(text: string, option: string): readonly number[] | 'all' {
  if (text === 'all') return 'all';
  const numbers = text.split(',').flatMap((part) => {
    const parts = /^\s*(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(part);
    const first = Number(parts?.[1]);
    const last = Number(parts?.[2] ?? first);
    if (!parts || last < first) throw wrong(option, text, 'all, or state numbers such as 0,2-4');
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
  return [...new Set(numbers)].sort((a, b) => a - b);
}
