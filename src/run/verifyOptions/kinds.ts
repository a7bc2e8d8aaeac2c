/** @file Kinds of values that verification can be told: texts of the command line → values, and the schema in YAML. */
import type { z, ZodType } from 'zod';
import type { Norm } from '../../bounds/ball.ts';
import type { LowerSlope } from '../../bounds/nonlinear/lowerSlope.ts';
import { UserError } from '../../formats/userError.ts';
import type { Depth } from '../../verify/files/answer.ts';
import type { Targets } from '../../verify/specification.ts';
import { bytesOf, normOf } from '../config/texts.ts';

/** Names of members that the section may say, by their key in `verify`. */
export type MemberNames = Readonly<Record<'branchings' | 'relaxations', readonly string[]>>;

/** What schemas are made with; handed in, so that the help of the command line need not load it. */
export interface SchemaParts {
  readonly z: typeof z;
  readonly names: MemberNames;
  readonly byteSize: ZodType<number>;
  readonly flag: ZodType<boolean>;
}

/** One kind of value. @typeParam Y what YAML gives, where that is something else */
export interface Kind<T, Y = T> {
  /** Stands for the value in the help, e.g. `<file>`; absent: a switch. */
  readonly placeholder?: string;
  /** @throws UserError naming the option */
  readonly parse: (text: string, option: string) => T | Promise<T>;
  /** Of the value in YAML, without its default; absent: the kind is not used there. */
  readonly schema?: (parts: SchemaParts) => ZodType<Y>;
}

/** First image, and the one after the last. */
export interface ImageRange {
  readonly start: number;
  readonly end: number;
}

const wrong = (option: string, text: string, expected: string): UserError =>
  new UserError(`${option} ${text}: expected ${expected}.`);

/** Any text. */
export const text = (placeholder: string): Kind<string> => ({ placeholder, parse: (given) => given });

/** Any word; in YAML one of a few. */
export const wordOf = <const W extends string>(words: readonly W[]): Kind<string, W> => ({
  ...text('<word>'),
  schema: ({ z }) => z.enum(words),
});

/** Given or not; in YAML true or false. */
export const onOff: Kind<true, boolean> = { parse: () => true, schema: ({ flag }) => flag };

/** A whole number from `least` on. */
export const whole = (least = 0): Kind<number> => ({
  placeholder: '<n>',
  parse(given, option) {
    const value = Number(given);
    if (given.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw wrong(option, given, `a whole number from ${least} on`);
    return value;
  },
  schema: ({ z }) => z.int().min(least).max(Number.MAX_SAFE_INTEGER),
});

/** A number above 0. */
export const positive: Kind<number> = {
  placeholder: '<n>',
  parse(given, option) {
    const value = Number(given);
    if (given.trim() === '' || !(value > 0 && value < Infinity))
      throw wrong(option, given, 'a number above 0');
    return value;
  },
  schema: ({ z }) => z.number().positive(),
};

/** Seconds above 0; on the command line `none` is no limit. */
export const seconds: Kind<number> = {
  ...positive,
  placeholder: '<seconds>',
  parse(given, option) {
    const value = given === 'none' ? Infinity : Number(given);
    if (given.trim() === '' || !(value > 0)) throw wrong(option, given, 'a number above 0, or none');
    return value;
  },
};

/** Bytes, as `4GB`. */
export const bytes: Kind<number> = {
  placeholder: '<size>',
  parse(given, option) {
    const size = bytesOf(given);
    if (size === undefined || size < 2 ** 26) throw wrong(option, given, 'a size from 64MB on, such as 4GB');
    return size;
  },
  schema: ({ byteSize }) => byteSize,
};

/** One of a few words. */
export const oneOf = <const W extends string>(placeholder: string, words: readonly W[]): Kind<W> => ({
  placeholder,
  parse(given, option) {
    const found = words.find((word) => word === given);
    if (found === undefined)
      throw wrong(option, given, `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
    return found;
  },
  schema: ({ z }) => z.enum(words),
});

/** A member of a family, which is loaded when one is named. */
const member = <T extends string>(
  names: keyof MemberNames,
  load: () => Promise<readonly string[]>,
): Kind<T> => ({
  placeholder: '<name>',
  async parse(given, option) {
    const known = await load();
    if (!known.includes(given)) throw wrong(option, given, `one of ${known.join(', ')}`);
    return given as T;
  },
  schema: ({ z, names: all }) => z.enum(all[names] as [T, ...T[]]),
});

export const branching = member<string>('branchings', async () =>
  (await import('../../verify/branching/table.ts')).branchingHeuristics.names(),
);

export const relaxation = member<LowerSlope>(
  'relaxations',
  async () => (await import('../../bounds/nonlinear/lowerSlope.ts')).lowerSlopes,
);

/** A number, or a fraction such as 2/255; not below 0. */
function ratio(given: string, option: string): number {
  const parts = given.split('/').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const value = parts.length === 1 ? parts[0] : parts.length === 2 ? parts[0] / parts[1] : Number.NaN;
  if (!Number.isFinite(value) || value < 0)
    throw wrong(option, given, 'a number from 0 on or a fraction such as 2/255');
  return value;
}

/** A radius or a distance. */
export const distance = { placeholder: '<radius>', parse: ratio } satisfies Kind<number>;

/** A radius, or the path of a .npy file of radii. */
export const epsilon = {
  placeholder: '<radius>',
  parse: (given: string, option: string): number | string =>
    given.endsWith('.npy') ? given : ratio(given, option),
} satisfies Kind<number | string>;

export const norm = {
  placeholder: '<p>',
  parse(given: string, option: string): Norm {
    const found = normOf(given);
    if (found === undefined) throw wrong(option, given, 'inf, 2 or 1');
    return found;
  },
} satisfies Kind<Norm>;

/** Numbers or fractions, separated by commas; means may be below 0. */
export const mean = {
  placeholder: '<list>',
  parse: (given: string, option: string): number[] =>
    given
      .split(',')
      .map((part) =>
        part.trim().startsWith('-') ? -ratio(part.trim().slice(1), option) : ratio(part, option),
      ),
} satisfies Kind<readonly number[]>;

export const std = {
  placeholder: '<list>',
  parse(given: string, option: string): number[] {
    const values = given.split(',').map((part) => ratio(part, option));
    if (values.includes(0)) throw new UserError(`${option} ${given}: a deviation cannot be 0.`);
    return values;
  },
} satisfies Kind<readonly number[]>;

export const range: Kind<ImageRange> = {
  placeholder: '<start:end>',
  parse(given, option) {
    const parts = /^(\d+):(\d+)$/.exec(given);
    if (!parts) throw wrong(option, given, 'start:end, e.g. 0:100');
    return { start: Number(parts[1]), end: Number(parts[2]) };
  },
};

export const targets: Kind<Targets> = {
  placeholder: '<classes>',
  parse(given, option) {
    if (given === 'all' || given === 'runner-up' || given === 'all-positive') return given;
    if (given === 'runnerup') return 'runner-up';
    if (!/^\d+$/.test(given)) throw wrong(option, given, 'all, runner-up, all-positive or a class number');
    return { target: Number(given) };
  },
};

/** Modes; the first of a depth is its name, the others are α,β-CROWN's where they differ. */
export const modes: Readonly<Record<string, Depth>> = {
  'verified-acc': 'complete',
  'crown-acc': 'bounds',
  'crown-only-verified-acc': 'bounds',
  'pgd-acc': 'attack',
  'attack-only': 'attack',
  'clean-acc': 'clean',
};

/** The mode of a depth. */
export const modeOf = (depth: Depth): string => Object.keys(modes).find((mode) => modes[mode] === depth)!;

export const depth: Kind<Depth> = {
  placeholder: '<mode>',
  parse(given, option) {
    if (!Object.hasOwn(modes, given)) throw wrong(option, given, Object.keys(modes).join(', '));
    return modes[given];
  },
};

/** `all`, or numbers and ranges: `0,2-4` → 0 2 3 4. */
export const states = {
  placeholder: '<list>',
  parse(given: string, option: string): readonly number[] | 'all' {
    if (given === 'all') return 'all';
    const numbers = given.split(',').flatMap((part) => {
      const parts = /^\s*(\d{1,6})(?:-(\d{1,6}))?\s*$/.exec(part);
      const first = Number(parts?.[1]);
      const last = Number(parts?.[2] ?? first);
      if (!parts || last < first) throw wrong(option, given, 'all, or state numbers such as 0,2-4');
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
    return [...new Set(numbers)].sort((a, b) => a - b);
  },
} satisfies Kind<readonly number[] | 'all'>;
