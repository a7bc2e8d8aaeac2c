/** @file Plugins: a user's own modules, whose members join the families before a configuration is read. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { datasets } from '../../data/datasets.ts';
import type { Family, Member } from '../../family/family.ts';
import { suggestion } from '../../family/nearest.ts';
import { UserError } from '../../formats/userError.ts';
import { label } from '../../formats/visible.ts';
import { models } from '../../nn/zoo/models.ts';
import { criteria } from '../../prune/criteria/criteria.ts';
import { objectives } from '../../train/objectives/objectives.ts';
import { regularizers } from '../../train/regularizers/regularizers.ts';
import type { Problem } from '../config/source.ts';
import { evaluateModule } from './evaluateModule.ts';
import type { Plugin } from './api.ts';

/** A plugin as a run's configuration keeps it: with the content that the run began with. */
export interface PluginRecord {
  /** Absolute path. */
  readonly file: string;
  /** Of the module and of those that it loads by relative paths. */
  readonly sha256: string;
}

/** A module that was loaded, and whose members have joined. */
export interface LoadedPlugin extends PluginRecord {
  readonly members: readonly { readonly family: keyof Plugin; readonly member: Member }[];
}

/** Families that take members from outside, by the key under which a plugin gives them. */
const open: { readonly [K in keyof Required<Plugin>]: Family<NonNullable<Plugin[K]>[number]> } = {
  criteria,
  objectives,
  regularizers,
  models,
  datasets,
};

const loaded = new Map<string, LoadedPlugin>();

/**
 * Loads a plugin and lets its members join their families; at once where that was done before.
 * @param folder what a relative path is relative to
 * @throws UserError saying what is wrong in which file
 */
export function loadPlugin(path: string, folder = '.'): LoadedPlugin {
  const file = resolve(folder, path);
  const known = loaded.get(file);
  if (known) return known;
  if (!existsSync(file)) throw new UserError(`There is no plugin ${file}.`);
  const { value, sources } = evaluateModule(file);
  const hash = createHash('sha256');
  for (const [source, text] of sources) hash.update(`${relative(dirname(file), source)}\0${text}\0`);
  const members = membersOf(value, file);
  for (const { family, member } of members)
    try {
      (open[family] as Family<Member>).join(member);
    } catch (error) {
      throw error instanceof UserError ? new UserError(`The plugin ${file}: ${error.message}`) : error;
    }
  const plugin = { file, sha256: hash.digest('hex'), members };
  loaded.set(file, plugin);
  return plugin;
}

/**
 * Loads the plugins of a run.
 * @throws UserError as `loadPlugin`, or where one is not what the run began with
 */
export function usePlugins(records: readonly PluginRecord[]): void {
  for (const { file, sha256 } of records)
    if (loadPlugin(file).sha256 !== sha256)
      throw new UserError(
        `The plugin ${file} has changed since the run began, so that its results would belong to two programs. ` +
          'Put the file back as it was, or begin another run: name=NAME.',
      );
}

function membersOf(value: unknown, file: string): LoadedPlugin['members'] {
  const keys = Object.keys(open) as (keyof Plugin)[];
  const usage = `It wants "export default { ${keys.map((key) => `${key}: […]`).join(', ')} }" with at least one of them`;
  const given = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const found = given.flatMap(([family, members]: [string, unknown]) => {
    if (!Object.hasOwn(open, family))
      throw new UserError(
        `The plugin ${file} gives "${label(family)}", which is no family; ${suggestion(family, keys)} ${usage}.`,
      );
    if (!Array.isArray(members) || members.some((member) => typeof member !== 'object' || member === null))
      throw new UserError(`The plugin ${file}: "${family}" wants a list of members, each an object.`);
    return members.map((member) => ({ family: family as keyof Plugin, member: member as Member }));
  });
  if (found.length === 0) throw new UserError(`The plugin ${file} gives no members. ${usage}.`);
  return found;
}

/**
 * Users write paths; a run's saved configuration holds records, whose plugins must be what they were.
 * @param given value of the key
 * @param folder what paths are relative to
 * @returns the key with records for paths, or the faults
 */
export function readPlugins(
  given: unknown,
  folder: string,
): { readonly value: { readonly plugins?: readonly PluginRecord[] }; readonly problems: readonly Problem[] } {
  if (given === undefined) return { value: {}, problems: [] };
  if (!Array.isArray(given) || !given.every((entry) => typeof entry === 'string' || isRecord(entry)))
    return {
      value: {},
      problems: [{ path: ['plugins'], message: 'expected a list of files, e.g. [./my-criterion.ts]' }],
    };
  const problems: Problem[] = [];
  const plugins = given.flatMap((entry: string | PluginRecord, index): PluginRecord[] => {
    try {
      if (typeof entry !== 'string') {
        usePlugins([entry]);
        return [entry];
      }
      const { file, sha256 } = loadPlugin(entry, folder);
      return [{ file, sha256 }];
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push({ path: ['plugins', index], message: error.message });
      return [];
    }
  });
  return { value: { plugins }, problems };
}

const isRecord = (value: unknown): value is PluginRecord =>
  typeof value === 'object' &&
  value !== null &&
  'file' in value &&
  typeof value.file === 'string' &&
  'sha256' in value &&
  typeof value.sha256 === 'string';
