/** @file A study: a base configuration and a grid over it, read from YAML and resolved to runs. */
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { z } from 'zod';
import { UserError } from '../../formats/userError.ts';
import { dottedKeys } from '../config/dottedKeys.ts';
import { keysAt, keyTree } from '../config/keys.ts';
import { configText } from '../config/presets.ts';
import { problemsOf, throwProblems } from '../config/problems.ts';
import { resolveConfig, type RunConfig } from '../config/resolve.ts';
import { readSource, type ConfigSource } from '../config/source.ts';
import { byteSize } from '../config/values.ts';
import { gridPoints, readAxis, type GridPoint } from './grid.ts';

/** One run of a study. */
export interface StudyRun {
  readonly name: string;
  readonly config: RunConfig;
}

/** A study, resolved. */
export interface Study {
  readonly name: string;
  readonly runs: readonly StudyRun[];
  /** Images of one verification job. */
  readonly chunk: number;
  /** Bytes that jobs need, where the study says it. */
  readonly memory: { readonly train?: number; readonly verify?: number };
}

/** A run is a folder beside what the sweep itself keeps. */
const reserved = new Set(['report', 'run.lock']);

const group = z.record(z.string(), z.unknown());

const studySchema = z.strictObject({
  name: z.string().regex(/^\w[\w.-]*$/, { error: 'expected letters, digits, "-", "_" and "." only' }),
  config: z.string().optional(),
  preset: z.string().optional(),
  base: group.default({}),
  grid: z
    .record(
      z.string(),
      z.union([z.array(z.unknown()), z.record(z.string(), group.nullable())], {
        error: 'expected a list of values, or named groups of keys',
      }),
    )
    .default({}),
  chunk: z.int().min(1).default(25),
  memory: z.strictObject({ train: byteSize.optional(), verify: byteSize.optional() }).default({}),
});

/**
 * Reads a study file.
 * @throws UserError naming every fault of the file, or the first run whose configuration is wrong
 */
export function loadStudy(file: string): Study {
  return resolveStudy(readText(file), file);
}

/**
 * Resolves the text of a study. A `config:` in it is looked for beside `origin`.
 * @throws UserError as `loadStudy`
 */
export function resolveStudy(text: string, origin: string): Study {
  const source = readSource(text);
  if (source.problems.some((problem) => problem.fatal)) throwProblems(source.problems, source, origin);
  const name = basename(origin)
    .replace(/\.ya?ml$/, '')
    .replace(/[^\w.-]/g, '_');
  const values = { name, ...source.values };
  const parsed = studySchema.safeParse(values);
  if (!parsed.success) {
    const tree = keyTree(studySchema);
    throwProblems(
      problemsOf(parsed.error.issues, values, (path) => keysAt(tree, path)),
      source,
      origin,
    );
  }
  const { config, preset, base, grid, chunk, memory, ...rest } = parsed.data;
  const axes = Object.entries(grid).map(([axis, raw]) => readAxis(axis, raw));
  const from = config === undefined && preset === undefined ? undefined : baseText(origin, config, preset);
  const runs = gridPoints(axes).map((point) => {
    const input = overridesOf(base, point, source, from === undefined ? '' : ` of ${origin}`);
    // Plugins are looked for beside the file that configures: the base's, where there is one.
    const folder = dirname(config === undefined ? origin : resolve(dirname(origin), config));
    const start = { ...(from ?? { text: '', origin }), folder };
    return { name: point.name, config: resolveRun(start, input, point.name) };
  });
  const taken = runs.find((run) => reserved.has(run.name.toLowerCase()));
  if (taken) throw new UserError(`${origin}: no run can be named "${taken.name}".`);
  const { train, verify } = memory;
  return {
    ...rest,
    runs,
    chunk,
    memory: { ...(train !== undefined && { train }), ...(verify !== undefined && { verify }) },
  };
}

interface Overrides {
  readonly overrides: readonly string[];
  readonly overridePlaces: readonly string[];
}

/** What base and grid set, in that order; JSON is YAML. */
function overridesOf(
  base: Readonly<Record<string, unknown>>,
  point: GridPoint,
  source: ConfigSource,
  ofFile: string,
): Overrides {
  const entries: { key: string; value: unknown; place: string }[] = [];
  const add = (keys: Readonly<Record<string, unknown>>, path: (key: string) => PropertyKey[]): void => {
    for (const [key, value] of Object.entries(keys)) {
      const line = source.place(path(key));
      entries.push({ key, value, place: line === undefined ? 'the study' : `${line}${ofFile}` });
    }
  };
  add(dottedKeys(base), (key) => ['base', ...key.split('.')]);
  for (const { keys } of point.choices) add(keys, (key) => ['grid', key]);
  return {
    overrides: entries.map(({ key, value }) => `${key}=${JSON.stringify(value)}`),
    overridePlaces: entries.map(({ place }) => place),
  };
}

/**
 * One run's configuration. The threads of a training step are part of what its bits depend on, so they are not left
 * to the machine that happens to take the job: one, where the study says nothing.
 */
function resolveRun(
  from: { readonly text: string; readonly origin: string; readonly folder: string },
  { overrides, overridePlaces }: Overrides,
  name: string,
): RunConfig {
  try {
    const config = resolveConfig({
      ...from,
      overrides: [...overrides, `name=${JSON.stringify(name)}`],
      overridePlaces: [...overridePlaces, `the run ${name}`],
    });
    const { workers } = config.verify;
    return {
      ...config,
      threads: config.threads || 1,
      verify: { ...config.verify, workers: workers || 1 },
    };
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`Run ${name} of the study: ${error.message}`);
    throw error;
  }
}

function baseText(
  origin: string,
  config: string | undefined,
  preset: string | undefined,
): ReturnType<typeof configText> {
  return configText({ config: config === undefined ? undefined : resolve(dirname(origin), config), preset });
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(
      `The study ${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)}).`,
    );
  }
}
