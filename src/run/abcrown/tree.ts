/** @file A configuration as a flat table of keys, what the command line names laid over it, with checked readers. */
import { resolve } from 'node:path';
import { UserError } from '../../formats/userError.ts';
import { nearest } from '../../family/nearest.ts';
import { rowOf, type OptionName, type VerifyOptions } from '../verifyOptions/table.ts';
import { appliedKeys, handlingOf, refusedKeys } from './keys.ts';

/** Values by dotted key; null counts as absent. */
export type FlatTree = ReadonlyMap<string, unknown>;

/** Groups become dotted keys; lists stay values. @throws UserError where the file is no group of keys */
export function flatten(value: unknown): FlatTree {
  const flat = new Map<string, unknown>();
  const visit = (part: unknown, prefix: string): void => {
    if (part === null || part === undefined) return;
    const isGroup = typeof part === 'object' && !Array.isArray(part);
    if (!isGroup) {
      if (prefix === '') throw new UserError('a configuration is a group of keys: general, model, data, …');
      flat.set(prefix, part);
      return;
    }
    for (const [key, inner] of Object.entries(part)) visit(inner, prefix === '' ? key : `${prefix}.${key}`);
  };
  visit(value, '');
  return flat;
}

/**
 * Refuses what is not understood.
 * @returns what is said of the keys that change nothing here
 * @throws UserError naming a key that α,β-CROWN does not know either, or one that asks what cannot be answered here
 */
export function requireUnderstood(tree: FlatTree): string[] {
  const idle: string[] = [];
  for (const [key, value] of tree) {
    const handling = handlingOf(key);
    if (handling === 'harmless') idle.push(key);
    if (handling === 'refused') {
      const { rest, why } = refusedKeys[key];
      if (!rest.includes(value)) throw new UserError(`${key}: ${JSON.stringify(value)}: ${why}.`);
    }
    if (handling === 'unknown') {
      const near = nearest(key, appliedKeys);
      throw new UserError(
        `${key} is no key of α,β-CROWN's configurations${near?.close ? `; did you mean ${near.name}?` : '.'}`,
      );
    }
  }
  if (idle.length === 0) return [];
  return [`these steer α,β-CROWN's own machinery and change nothing here: ${idle.join(', ')}`];
}

/** Readers of a configuration. */
export type Readers = ReturnType<typeof readersOf>;

/** Readers of single values by their dotted key, or by the name of an option. @throws UserError naming the key */
export function readersOf(tree: FlatTree) {
  const keysOf = (name: string): readonly string[] =>
    name.includes('.') ? [name] : (rowOf(name as OptionName).abcrown ?? []);
  const keyOf = (name: string): string => {
    const keys = keysOf(name);
    return keys.find((key) => tree.has(key)) ?? keys[0];
  };
  const valueOf = (name: string): unknown => tree.get(keyOf(name));
  const wrong = (name: string, expected: string): never => {
    throw new UserError(`${keyOf(name)}: expected ${expected}, got ${JSON.stringify(valueOf(name))}.`);
  };
  const flag = (name: string): boolean | undefined => {
    const value = valueOf(name);
    if (value === undefined) return undefined;
    return typeof value === 'boolean' ? value : wrong(name, 'true or false');
  };
  return {
    /** The keys given that fit a pattern. */
    keysLike: (pattern: RegExp): string[] => [...tree.keys()].filter((key) => pattern.test(key)),
    text(name: string): string | undefined {
      const value = valueOf(name);
      if (value === undefined) return undefined;
      return typeof value === 'string' ? value : wrong(name, 'a text');
    },
    is: (name: string, word: string): boolean => valueOf(name) === word,
    number(name: string): number | undefined {
      const value = valueOf(name);
      if (value === undefined) return undefined;
      const read = typeof value === 'string' ? fractionOf(value) : value;
      return typeof read === 'number' && !Number.isNaN(read) ? read : wrong(name, 'a number');
    },
    flag,
    /** Whether any of an option's keys is true. */
    anyFlag: (name: OptionName): boolean => keysOf(name).some((key) => flag(key) === true),
    numbers(name: string): number[] | undefined {
      const value = valueOf(name);
      if (value === undefined) return undefined;
      const list = [value].flat();
      return list.every((v) => typeof v === 'number') ? list : wrong(name, 'a list of numbers');
    },
    wrong,
  };
}

/** `2/255` or `8. / 255` as a number; NaN where it is none. */
function fractionOf(text: string): number {
  const parts = text.split('/').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  return parts.length === 2 ? parts[0] / parts[1] : parts.length === 1 ? parts[0] : Number.NaN;
}

/**
 * Files and names that stand before the configuration's. With `dataset` images are asked about, whatever the configuration
 * asks; where they come from is not its business then.
 */
export type GivenQuestion = Pick<VerifyOptions, 'onnx' | 'pth' | 'model' | 'vnnlib' | 'csv' | 'dataset'>;

/** The configuration as if it had named them. */
export function withGiven(tree: FlatTree, given: GivenQuestion): FlatTree {
  const { onnx, pth, model, vnnlib, csv, dataset } = given;
  const flat = new Map(tree);
  const put = (key: string, value: string, ...gone: readonly string[]): void => {
    for (const other of gone) flat.delete(other);
    flat.set(key, value);
  };
  if (onnx !== undefined)
    put('model.onnx_path', resolve(onnx), 'model.onnx_path_prefix', 'model.path', 'model.name');
  if (pth !== undefined) put('model.path', resolve(pth), 'model.onnx_path', 'model.onnx_path_prefix');
  if (model !== undefined) put('model.name', model);
  if (vnnlib !== undefined)
    put('specification.vnnlib_path', resolve(vnnlib), 'specification.vnnlib_path_prefix', 'general.csv_name');
  if (csv !== undefined) put('general.csv_name', resolve(csv), 'specification.vnnlib_path');
  if (dataset !== undefined)
    for (const key of ['general.csv_name', 'specification.vnnlib_path']) flat.delete(key);
  return flat;
}
