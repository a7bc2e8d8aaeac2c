/** @file How layers are written in a configuration: `{conv: 32, kernel: 3, pad: 1}`; what each kind's file says of it. */
import type { Shape } from '../../tensor/index.ts';

/** One value of an entry: how it is read, and how it is written most briefly. */
export interface Field {
  /** Key in the entry, and other spellings that are read too. */
  readonly keys: readonly [string, ...string[]];
  /** `a whole number from 1 on`. */
  readonly expected: string;
  /** @returns undefined where the value is none of this type */
  read(value: unknown): unknown;
  write(value: unknown): unknown;
  /** What it is where the entry does not say; a function of the fields read before it. Absent: it must be given. */
  readonly fallback?: unknown;
  /** The layer may do without. */
  readonly optional?: true;
}

/** How the entries of a kind are written. */
export interface Notation {
  /** Names the kind. */
  readonly word: string;
  /** The layer's field whose value stands behind the word. */
  readonly main?: string;
  /** The layer's own field → how it is said; in the order in which fallbacks may build on each other. */
  readonly fields?: Readonly<Record<string, Field>>;
  /** Names of the layers it reads stand behind the word. */
  readonly joins?: true;
  /** Fields that follow from the shapes of what it reads; the kind too, where several have the word. */
  infer?(inputs: readonly Shape[]): Readonly<Record<string, unknown>>;
}

const isWhole = (value: unknown, least: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= least;
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const listOf = (value: unknown, good: (v: unknown) => boolean, lengths?: readonly number[]): boolean =>
  Array.isArray(value) && (lengths === undefined || lengths.includes(value.length)) && value.every(good);

/** Equal ones are written once. */
const once = (value: unknown): unknown => {
  const list = value as readonly unknown[];
  return list.every((v) => v === list[0]) ? list[0] : list;
};
const same = (value: unknown): unknown => value;

type Keys = string | readonly [string, ...string[]];

const field = (
  keys: Keys,
  expected: string,
  read: (value: unknown) => unknown,
  write: (value: unknown) => unknown,
  fallback?: unknown,
): Field => ({
  keys: typeof keys === 'string' ? [keys] : keys,
  expected,
  read,
  write,
  ...(fallback !== undefined && { fallback }),
});

const when = (good: (value: unknown) => boolean) => (value: unknown) => (good(value) ? value : undefined);

/** A number for both axes, or one for each. */
const pairFrom = (least: number) => (keys: Keys, fallback?: unknown) =>
  field(
    keys,
    `a whole number from ${least} on, or two: [vertical, horizontal]`,
    (value) => {
      if (isWhole(value, least)) return [value, value];
      return listOf(value, (v) => isWhole(v, least), [2]) ? value : undefined;
    },
    once,
    fallback,
  );

/** Types of fields; `fallback` as the layer holds it. */
export const fields = {
  count: (keys: Keys, fallback?: number) =>
    field(
      keys,
      'a whole number from 1 on',
      when((v) => isWhole(v, 1)),
      same,
      fallback,
    ),
  whole: (keys: Keys, fallback?: number) =>
    field(
      keys,
      'a whole number from 0 on',
      when((v) => isWhole(v, 0)),
      same,
      fallback,
    ),
  flag: (keys: Keys, fallback: boolean) =>
    field(
      keys,
      'true or false',
      when((v) => typeof v === 'boolean'),
      same,
      fallback,
    ),
  /** True or absent. */
  mark: (key: string): Field => ({
    ...field(
      key,
      'true, or to be left out',
      when((v) => v === true),
      same,
    ),
    optional: true,
  }),
  number: (
    keys: Keys,
    fallback?: number,
    { good, expected }: { readonly good: (v: number) => boolean; readonly expected: string } = {
      good: () => true,
      expected: 'a number',
    },
  ) =>
    field(
      keys,
      expected,
      when((v) => isNumber(v) && good(v)),
      same,
      fallback,
    ),
  /** One for each channel; a single one is a list of one. */
  numbers: (keys: Keys, positive = false) =>
    field(
      keys,
      positive ? 'a list of numbers above 0' : 'a list of numbers',
      (value) => {
        const list: unknown = isNumber(value) ? [value] : value;
        if (!listOf(list, (v) => isNumber(v) && (!positive || v > 0))) return undefined;
        return (list as readonly number[]).length > 0 ? list : undefined;
      },
      same,
    ),
  wholes: (keys: Keys, least = 0, fallback?: unknown) =>
    field(
      keys,
      `a list of whole numbers from ${least} on`,
      (value) => {
        const list: unknown = isNumber(value) ? [value] : value;
        return listOf(list, (v) => isWhole(v, least)) ? list : undefined;
      },
      same,
      fallback,
    ),
  pair: pairFrom(1),
  evenPair: pairFrom(0),
  padding: (keys: Keys) =>
    field(
      keys,
      'a whole number from 0 on, two ([vertical, horizontal]) or four ([top, left, bottom, right])',
      (value) => {
        if (isWhole(value, 0)) return [value, value, value, value];
        if (!listOf(value, (v) => isWhole(v, 0), [2, 4])) return undefined;
        const list = value as readonly number[];
        return list.length === 2 ? [...list, ...list] : list;
      },
      (value) => {
        const [top, left, bottom, right] = value as readonly number[];
        return top === bottom && left === right ? once([top, left]) : value;
      },
      [0, 0, 0, 0],
    ),
} as const;

/** Where a window stands. @param stride what it is where the entry does not say */
export const windowFields = (stride: unknown = [1, 1]) => ({
  kernel: fields.pair('kernel'),
  stride: fields.pair('stride', stride),
  padding: fields.padding(['pad', 'padding']),
});

/** A pooling: its kernel stands behind the word, and is the stride as well where none is given. */
export const pooling = (word: string): Notation => ({
  word,
  main: 'kernel',
  fields: windowFields((read: Readonly<Record<string, unknown>>) => read['kernel']),
});
