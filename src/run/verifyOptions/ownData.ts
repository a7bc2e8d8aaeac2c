/** @file Options about data of one's own, as its forms declare them. */
import {
  ownOptionNames,
  ownOptions,
  parseOwnOption,
  type OwnOptionName,
  type OwnOptions,
} from '../../data/own/options.ts';
import type { Kind } from './kinds.ts';

/** Those that verification has under the same names already. */
type Known = 'mean' | 'std' | 'labels';
type Name = Exclude<OwnOptionName, Known>;
const known: readonly string[] = ['mean', 'std', 'labels'] satisfies Known[];

/** Without effect on what is only classified. */
const aboutRadius: readonly OwnOptionName[] = ['epsScale', 'fixedFeatures'];

const placeholders = {
  text: '<name>',
  names: '<list>',
  numbers: '<list>',
  number: '<n>',
  integer: '<n>',
  flag: '<bool>',
  choice: '<word>',
} as const;

const rowOf = (name: OwnOptionName) => {
  const { type, sentence } = ownOptions[name];
  return {
    kind: { placeholder: placeholders[type], parse: (text: string) => parseOwnOption(name, text) },
    forms: ['images', 'folder'],
    ...(aboutRadius.includes(name) && { from: 'bounds' }),
    help: `own data: ${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`,
    instead: { run: 'a run is asked about its own data; its configuration says this' },
  };
};

/** Rows of the table of options. */
export const ownDataOptions = Object.fromEntries(
  ownOptionNames.filter((name) => !known.includes(name)).map((name) => [name, rowOf(name)]),
) as unknown as {
  readonly [K in Name]: {
    readonly kind: Kind<NonNullable<OwnOptions[K]>>;
    readonly forms: readonly ['images', 'folder'];
    readonly help: string;
  };
};
