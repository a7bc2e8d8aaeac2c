/** @file The configuration key `plugins`: loads what it names, before anything else of the configuration is read. */
import type { Problem } from '../config/source.ts';
import { UserError } from '../../formats/userError.ts';
import { loadPlugin, usePlugins, type PluginRecord } from './plugins.ts';

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
