/** @file The one table of what verification can be told, under its names in the code, on the command line, in YAML and in α,β-CROWN's configurations. */
import type { Kind } from './kinds.ts';
import { questionOptions } from './question.ts';
import { ownDataOptions } from './ownData.ts';
import type { OptionRow } from './row.ts';
import { searchOptions } from './search.ts';
import { resultOptions, workOptions } from './work.ts';

/** Every option; the help and the `verify` section of a configuration have this order. */
export const optionTable = {
  ...questionOptions,
  ...ownDataOptions,
  ...workOptions,
  ...searchOptions,
  ...resultOptions,
};

export type Table = typeof optionTable;
type Rows = { readonly [K in keyof Table]: Table[K] };

/** Names of options in the code. */
export type OptionName = keyof Table;
/** Those that have a flag. */
export type FlagName = { [K in OptionName]: Rows[K] extends { forms: unknown } ? K : never }[OptionName];
/** Those about attack, bounds and search, as values: what is not given is the pipeline's own choice. */
export type SearchSettings = {
  readonly [K in keyof typeof searchOptions | 'seed']?: ValueOf<K>;
};
/** Options of the command line that are given, as values. */
export type VerifyOptions = { readonly [K in FlagName]?: ValueOf<K> };

type ValueOf<K extends OptionName> = Rows[K]['kind'] extends Kind<infer T, infer _> ? T : never;

/** The row of an option. */
export const rowOf = (name: OptionName): OptionRow => optionTable[name];

/** Names in the order of the table. */
export const optionNames = Object.keys(optionTable) as readonly OptionName[];

/** Names that have a flag, in the order of the help. */
export const flagNames = optionNames.filter((name): name is FlagName => rowOf(name).forms !== undefined);

/** `shareAlpha` → `--share-alpha`. */
export const flagOf = (name: string): string =>
  `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The help's sentence with the default. */
export function helpOf(name: OptionName): string {
  const { help, default: without } = rowOf(name);
  return without === undefined ? help : `${help} (default: ${without})`;
}
