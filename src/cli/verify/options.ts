/** @file The options of `certprune verify`, and how their texts are read. */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { makeFolder } from '../../formats/makeFolder.ts';
import { UserError } from '../../formats/userError.ts';
import type { BranchingName } from '../../verify/branching/table.ts';
import type { Limits } from '../../verify/files/answer.ts';
import { methods, type Method } from '../../verify/method.ts';

/** Options as commander gives them. */
export interface VerifyOptions {
  readonly states?: string;
  readonly images?: string;
  readonly which?: string;
  readonly runs?: string;
  readonly fresh?: true;
  readonly onnx?: string;
  readonly pth?: string;
  readonly model?: string;
  readonly vnnlib?: string;
  readonly csv?: string;
  readonly expected?: string;
  readonly abcrown?: string;
  readonly dataset?: string;
  readonly labels?: string;
  readonly epsilon?: string;
  readonly norm?: string;
  readonly mean?: string;
  readonly std?: string;
  readonly start?: string;
  readonly end?: string;
  readonly targets?: string;
  readonly unsafe?: string;
  readonly mode?: string;
  readonly method?: string;
  readonly branching?: string;
  readonly relaxation?: string;
  readonly intermediate?: string;
  readonly shareAlpha?: true;
  readonly timeout?: string;
  readonly memory?: string;
  readonly workers?: string;
  readonly threads?: string;
  readonly seed?: string;
  readonly results?: string;
  readonly witness?: string;
  readonly quiet?: true;
  readonly json?: true;
}

const isMethod = (text: string): text is Method => (methods as readonly string[]).includes(text);

/** A positive number. */
export function positive(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value > 0))
    throw new UserError(`${option} ${text}: expected a number above 0.`);
  return value;
}

/** A whole number from `least` on. */
export function whole(option: string, text: string, least = 0): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least)
    throw new UserError(`${option} ${text}: expected a whole number from ${least} on.`);
  return value;
}

/** A number, or a fraction such as 2/255. */
export function ratio(option: string, text: string): number {
  const parts = text.split('/').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  const value = parts.length === 1 ? parts[0] : parts.length === 2 ? parts[0] / parts[1] : Number.NaN;
  if (!Number.isFinite(value) || value < 0)
    throw new UserError(`${option} ${text}: expected a number or a fraction such as 2/255.`);
  return value;
}

/** Numbers or fractions, separated by commas. */
export const ratios = (option: string, text: string): number[] =>
  text.split(',').map((part) => ratio(option, part));

/** Time, memory, threads and seed. */
export async function limitsOf(options: VerifyOptions): Promise<Limits> {
  const { timeout, memory, threads, seed, method } = options;
  if (method !== undefined && !isMethod(method))
    throw new UserError(`--method ${method}: expected bab, bab-refine or mip.`);
  let memoryBytes: number | undefined;
  if (memory !== undefined) {
    const { bytesOf } = await import('../../run/config/values.ts');
    memoryBytes = bytesOf(memory);
    if (memoryBytes === undefined || memoryBytes < 2 ** 26)
      throw new UserError(`--memory ${memory}: expected a size from 64MB on, such as 4GB.`);
  }
  return {
    ...(timeout !== undefined && { timeoutSeconds: positive('--timeout', timeout) }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(threads !== undefined && { threads: whole('--threads', threads, 1) }),
    choices: {
      ...(seed !== undefined && { seed: whole('--seed', seed) }),
      ...(method && { method }),
      ...(await boundChoicesOf(options)),
    },
  };
}

/** One of the names of a table. */
function named<T extends string>(option: string, text: string, names: readonly T[]): T {
  const found = names.find((name) => name === text);
  if (found === undefined) throw new UserError(`${option} ${text}: expected one of ${names.join(', ')}.`);
  return found;
}

/** How bounds are computed and domains are split. */
async function boundChoicesOf(options: VerifyOptions): Promise<NonNullable<Limits['choices']>> {
  const { branching, relaxation, intermediate, shareAlpha } = options;
  // Imported when asked for: the command starts sooner without.
  const branchings = async (): Promise<BranchingName[]> =>
    Object.keys((await import('../../verify/branching/table.ts')).branchingHeuristics) as BranchingName[];
  const relaxations = async () => (await import('../../bounds/rules/relu.ts')).lowerSlopes;
  return {
    ...(branching !== undefined && { branching: named('--branching', branching, await branchings()) }),
    ...(relaxation !== undefined && { relaxation: named('--relaxation', relaxation, await relaxations()) }),
    ...(intermediate !== undefined && {
      intermediateIterations: whole('--intermediate', intermediate),
    }),
    ...(shareAlpha && { sharedAlpha: true }),
  };
}

/** The limits of a configuration, where the command line does not say otherwise. */
export function withOptions(preset: Limits, given: Limits): Limits {
  const choices = { ...preset.choices, ...given.choices };
  return { ...preset, ...given, choices };
}

/** Fails before hours of work where the outcome could not be written. */
export function requireWritable(option: string, path: string | undefined): void {
  if (path === undefined) return;
  const folder = dirname(resolve(path));
  try {
    if (existsSync(path) && statSync(path).isDirectory()) throw new Error('it is a directory');
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'ENOENT' ? `there is no folder ${folder}` : code === 'EACCES' ? 'permission denied' : message;
    throw new UserError(`${option} ${path}: it cannot be written: ${why}.`);
  }
}

/** Makes the folder that an option names, if one is wanted. @throws UserError where it cannot be made */
export function makeFolderFor(option: string, path: string | undefined): void {
  if (path === undefined) return;
  try {
    makeFolder(path);
  } catch (error) {
    throw new UserError(`${option} ${path}: the folder cannot be made: ${(error as Error).message}.`);
  }
}
