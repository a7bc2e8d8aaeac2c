/** @file The options of families' members as parts of the configuration schema. */
import { z, type ZodType } from 'zod';
import type { Family, Member } from '../../family/family.ts';
import { choicesOf, type Option } from '../../family/option.ts';
import { declaredOptions, openGroups, readersText, type Declared } from './families.ts';
import { epochList, flag, nameList, numberList, readOptions } from './values.ts';

/** Type and range of an option. */
function typeOf(option: Option): ZodType {
  if (option.type === 'flag') return flag;
  if (option.type === 'epochs') return epochList;
  if (option.type === 'text') return z.string();
  if (option.type === 'numbers') return numberList;
  if (option.type === 'names') return nameList;
  if (option.type === 'choice') return z.enum(choicesOf(option) as [string, ...string[]]);
  const { least, most, above, below } = option;
  let schema = option.type === 'integer' ? z.int() : z.number();
  if (least !== undefined) schema = schema.min(least);
  if (most !== undefined) schema = schema.max(most);
  if (above !== undefined) schema = schema.gt(above);
  if (below !== undefined) schema = schema.lt(below);
  return schema;
}

/** Who reads options, in words. */
const readersOf = (options: readonly Declared[]): string =>
  [...new Set(options.flatMap((declared) => readersText(declared).split(', ')))].join(', ');

/** Places of a schema where options stand. */
export interface OptionPlaces {
  /** Options of a family's members that no earlier place has. */
  of(family: Family<Member>): {};
  /** Options within a group that the schema itself states. */
  under(group: string): {};
}

/**
 * Hands the options out to the places of a schema, each once. The shapes are typed as empty: options are read through
 * `memberOptions`, not by their keys.
 * @param defaults by dotted key, instead of the options' own
 * @param stated groups of the schema's own that options may join
 */
export function optionPlaces(
  defaults: Readonly<Record<string, unknown>>,
  stated: readonly string[],
): OptionPlaces {
  const left = new Map(declaredOptions());
  const take = (wanted: (declared: Declared) => boolean): Declared[] => {
    const taken = [...left.values()].filter(wanted);
    for (const { key } of taken) left.delete(key);
    return taken;
  };

  const valueOf = (declared: Declared): ZodType => {
    const { key, option } = declared;
    const schema = typeOf(option);
    const value = defaults[key] ?? option.default;
    const filled = value === undefined ? schema.optional() : schema.prefault(value as never);
    return filled.describe(`${option.sentence} (${readersOf([declared])})`);
  };

  const groupOf = (name: string, options: readonly Declared[]): ZodType => {
    const group = z.strictObject(shapeOf(options, `${name}.`));
    const read = openGroups.includes(name) ? z.preprocess(readOptions, group) : group;
    return read.prefault({}).describe(`Options of ${readersOf(options)}.`);
  };

  const shapeOf = (options: readonly Declared[], prefix = ''): Record<string, ZodType> => {
    const heads = new Map<string, Declared[]>();
    for (const declared of options) {
      const head = declared.key.slice(prefix.length).split('.')[0];
      heads.set(head, [...(heads.get(head) ?? []), declared]);
    }
    return Object.fromEntries(
      [...heads].map(([head, own]) => [
        head,
        own[0].key === prefix + head ? valueOf(own[0]) : groupOf(prefix + head, own),
      ]),
    );
  };

  return {
    of(family) {
      const own = take(
        ({ key, readers }) =>
          !stated.some((group) => key.startsWith(`${group}.`)) &&
          readers.some((reader) => reader.family === family),
      );
      const groups = own.filter(({ key }) => key.includes('.')).map(({ key }) => key.split('.')[0]);
      return shapeOf([...own, ...take(({ key }) => groups.includes(key.split('.')[0]))]);
    },
    under: (group) =>
      shapeOf(
        take(({ key }) => key.startsWith(`${group}.`)),
        `${group}.`,
      ),
  };
}
