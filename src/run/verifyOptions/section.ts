/** @file The `verify` section of a run's configuration, from the table of options. */
import { z, type ZodType } from 'zod';
import { byteSize, flag } from '../config/values.ts';
import type { Kind, MemberNames } from './kinds.ts';
import { optionNames, rowOf, type OptionName, type Table } from './table.ts';

/** Dotted key → type of the value. */
type Flat = {
  [
    K in OptionName as Table[K] extends { yaml: { key: infer D extends string } } ? D : never
  ]: Table[K] extends {
    kind: Kind<infer _, infer Y>;
  }
    ? Y
    : never;
};

type Nested<F> = {
  [K in keyof F as K extends `${infer Group}.${string}` ? Group : K]: K extends `${infer Group}.${string}`
    ? Nested<{ [D in keyof F as D extends `${Group}.${infer Rest}` ? Rest : never]: F[D] }>
    : F[K];
};

/** What is said of groups of keys. */
const groups: Readonly<Record<string, string>> = {
  images: 'Test images start … end−1.',
  alpha: 'α-CROWN.',
  beta: 'β-CROWN in branch and bound.',
  pgd: 'Attack before bounding.',
};

/** @param names valid names of branching heuristics and relaxations */
export function verifySection(names: MemberNames): ZodType<Nested<Flat>> {
  const shape: Record<string, ZodType> = {};
  const inner: Record<string, Record<string, ZodType>> = {};
  for (const name of optionNames) {
    const { kind, yaml, help } = rowOf(name);
    if (!yaml) continue;
    const schema = kind.schema!({ z, names, byteSize, flag });
    const value = schema
      .prefault(yaml.default as never)
      .describe(`${help.replace(/^[a-z]/, (letter) => letter.toUpperCase())}.`);
    const [group, key] = yaml.key.split('.');
    if (key === undefined) shape[group] = value;
    else {
      (inner[group] ??= {})[key] = value;
      // Its place is that of its first key.
      shape[group] = z.never();
    }
  }
  for (const [group, fields] of Object.entries(inner))
    shape[group] = z.strictObject(fields).prefault({}).describe(groups[group]);
  return z
    .strictObject(shape)
    .prefault({})
    .describe('Complete verification of the states.') as unknown as ZodType<Nested<Flat>>;
}
