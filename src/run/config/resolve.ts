/** @file From YAML text and overrides to the resolved configuration, or to all its faults at once. */
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { stringify } from 'yaml';
import { camelKeys, snakeKeys } from './camelCase.ts';
import { readPlugins } from '../plugins/plugins.ts';
import { keysAt, keyTree } from './keys.ts';
import { datasets } from '../../data/datasets.ts';
import { families } from './families.ts';
import { misplacedOptions } from './misplaced.ts';
import { withOwnData } from './ownData.ts';
import { readOwnNetwork, withoutEffect } from './ownNetwork.ts';
import { problemsOf, throwProblems } from './problems.ts';
import { configSchema, type RunConfig } from './schema.ts';
import { isPlainObject, readSource, type Problem } from './source.ts';
import {
  granularityOf,
  isOriginal,
  objectiveConflict,
  objectiveOf,
  trainerOf,
  type TrainerName,
} from './trainer.ts';

export type { RunConfig } from './schema.ts';

/** What a configuration is made from. */
export interface ConfigInput {
  readonly text: string;
  /** What error messages call the text: its file, or e.g. `preset mnist-quick`. */
  readonly origin: string;
  /** `key=value` of the command line, dotted keys for nested groups. */
  readonly overrides?: readonly string[];
  /** Words for where each override was given, where that is not the command line. */
  readonly overridePlaces?: readonly string[];
  /** Ends the name that a run has by default: what the overrides make of the text, e.g. `quick`. */
  readonly variant?: string;
  /** Folder that plugins and data of one's own are relative to; default: that of `origin` where it is a file, else the current one. */
  readonly folder?: string;
  /** The text was written by a run: it keeps the meaning that it had then. */
  readonly saved?: boolean;
}

/**
 * Resolves a configuration: reads, overrides, fills in the defaults of its trainer, checks.
 * @throws UserError listing every fault with line (or override), key, expectation and nearest valid name.
 */
export function resolveConfig(input: ConfigInput): RunConfig {
  const source = readSource(input.text, input.overrides, input.overridePlaces, input.saved);
  if (source.problems.some((problem) => problem.fatal)) throwProblems(source.problems, source, input.origin);
  const plugins = readPlugins(source.values['plugins'], input.folder ?? folderOf(input.origin));
  if (plugins.problems.length > 0) throwProblems(plugins.problems, source, input.origin);
  const folder = input.folder ?? folderOf(input.origin);
  const own = readOwnNetwork(source.values, folder);
  const values = withKnownDataset({ ...source.values, ...plugins.value, ...own.value });
  const problems: Problem[] = [...source.problems, ...own.problems];
  const trainer = trainerOf(values);
  if (typeof trainer !== 'string') problems.push(trainer);
  const conflict = input.saved ? undefined : objectiveConflict(values);
  if (conflict) problems.push(conflict);
  const known = typeof trainer === 'string' ? trainer : 'fgsm';
  const filled = withDerived(values, {
    trainer: known,
    objective: objectiveOf(known, values),
    name: [nameOf(values, input.origin), ...(input.variant ? [input.variant] : [])].join('-'),
    granularity: granularityOf(values),
    advance_lr: isOriginal(values),
    ...(isOriginal(values) && known === 'fgsm' && { rs_form: 'nrs_study' }),
  });
  const schema = schemaOf(known);
  const parsed = schema.safeParse(typeof trainer === 'string' ? filled : { ...filled, trainer: known });
  if (!parsed.success) {
    const tree = keyTree(schema);
    problems.push(...problemsOf(parsed.error.issues, filled, (path) => keysAt(tree, path)));
  }
  if (parsed.success && !input.saved && !isOriginal(values))
    problems.push(...misplacedOptions(source, parsed.data, known), ...withoutEffect(values));
  if (problems.length > 0) throwProblems(problems, source, input.origin);
  const data = withOwnData(
    parsed.data!,
    source,
    input.folder ?? folderOf(input.origin),
    input.saved === true,
  );
  if (data.problems.length > 0) throwProblems(data.problems, source, input.origin);
  return camelKeys(data.values) as RunConfig;
}

/** The configuration as YAML with snake_case keys; resolving it again gives the same configuration. */
export function toYaml(config: RunConfig): string {
  return stringify(snakeKeys(config), { lineWidth: 0 });
}

/** Plugins of presets are looked for in the current folder. */
const folderOf = (origin: string): string => (existsSync(origin) ? dirname(origin) : '.');

const schemas = new Map<string, ReturnType<typeof configSchema>>();

/** Schemas are compiled on first use, which costs more than all that is done with them, and again once a family grew. */
function schemaOf(trainer: TrainerName): ReturnType<typeof configSchema> {
  const key = [trainer, ...families.map((family) => family.names().length)].join();
  const schema = schemas.get(key) ?? configSchema(trainer);
  schemas.set(key, schema);
  return schema;
}

function withDerived(
  values: Readonly<Record<string, unknown>>,
  derived: {
    trainer: string;
    objective: string;
    name: string;
    granularity: string;
    advance_lr: boolean;
    rs_form?: string;
  },
): Record<string, unknown> {
  const { granularity, advance_lr, ...top } = derived;
  const pruneDefaults = { granularity, advance_lr };
  const prune = values['prune'];
  return {
    ...top,
    ...values,
    prune:
      prune === undefined ? pruneDefaults : isPlainObject(prune) ? { ...pruneDefaults, ...prune } : prune,
  };
}

/** Dataset names are compared as `FashionMNIST`, `fashion_mnist`, `fashionMnist` alike, and kept in our spelling. */
function withKnownDataset(values: Record<string, unknown>): Record<string, unknown> {
  const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, '');
  const given = values['dataset'];
  const found = typeof given === 'string' && datasets.names().find((name) => plain(name) === plain(given));
  return found ? { ...values, dataset: found } : values;
}

function nameOf(values: Readonly<Record<string, unknown>>, origin: string): string {
  const directory = values['save_dir'];
  const given = typeof directory === 'string' ? basename(directory) : '';
  const fallback = basename(origin)
    .replace(/^preset /, '')
    .replace(/\.ya?ml$/, '');
  return (given || fallback).replace(/[^\w.-]/g, '_');
}
