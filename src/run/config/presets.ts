/** @file Configurations from files and from the presets that come with the package, and files of values that are laid over them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemFault } from '../../formats/systemFault.ts';
import { UserError } from '../../formats/userError.ts';
import { suggestion } from '../../family/nearest.ts';
import { loadPlugin, readPlugins } from '../plugins/plugins.ts';
import { dottedKeys } from './dottedKeys.ts';
import { throwProblems } from './problems.ts';
import { resolveConfig, type RunConfig } from './resolve.ts';
import { readSource } from './source.ts';

/** Folder of the configurations that come with the package. */
export const configFolder = fileURLToPath(new URL('../../../configs/', import.meta.url));

/** Quick ones; the original study's on CIFAR-10; FashionMNIST's. */
const groups = ['presets', 'original', 'fashion'] as const;

/** Names of a group's configurations, sorted. */
export function configNames(group: (typeof groups)[number] | 'overlays'): string[] {
  return readdirSync(join(configFolder, group))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.slice(0, -'.yaml'.length))
    .sort();
}

/** Names of all presets: quick ones first. */
export const presetNames = (): string[] => groups.flatMap(configNames);

/** A text of configuration keys, and what messages call it. */
interface OverlayText {
  readonly text: string;
  readonly origin: string;
}

/** An overlay as the overrides it stands for. */
interface Overlay {
  /** Part of the name of a run: its file's name. */
  readonly label: string;
  readonly overrides: readonly string[];
  /** Words for where each override was given. */
  readonly places: readonly string[];
}

/**
 * Reads an overlay. Nested groups are laid over key by key, free options (`scheduler_opts`) as a whole.
 * @throws UserError where the text is no mapping of keys
 */
export function readOverlay({ text, origin }: OverlayText): Overlay {
  const source = readSource(text);
  if (source.problems.length > 0) throwProblems(source.problems, source, origin);
  const entries = Object.entries(dottedKeys(source.values));
  return {
    label: basename(origin)
      .replace(/^overlay /, '')
      .replace(/\.ya?ml$/, ''),
    // JSON is YAML.
    overrides: entries.map(([key, value]) => `${key}=${JSON.stringify(value)}`),
    places: entries.map(([key]) => `${source.place(key.split('.')) ?? 'somewhere'} of ${origin}`),
  };
}

/** Where a configuration comes from: one of the first two, and what is laid over it. */
export interface ConfigChoice {
  readonly config?: string | undefined;
  readonly preset?: string | undefined;
  /** Overlays in the order in which they are laid: names of those that come with certprune, or files. */
  readonly with?: readonly string[] | undefined;
}

/**
 * Loads and resolves a configuration file or preset, overlays laid over it and overrides over those.
 * @throws UserError for neither or both, an unreadable file, an unknown preset, or any fault inside.
 */
export function loadConfig(choice: ConfigChoice, overrides: readonly string[] = []): RunConfig {
  const overlays = (choice.with ?? []).map((name) => readOverlay(overlayText(name)));
  return resolveConfig({
    ...configText(choice),
    overrides: [...overlays.flatMap((overlay) => overlay.overrides), ...overrides],
    overridePlaces: [
      ...overlays.flatMap(({ places }) => places),
      ...overrides.map((override, i) => `override number ${i + 1} (${override})`),
    ],
    variant: overlays.map(({ label }) => label).join('-'),
  });
}

/**
 * Lets the plugins that a configuration names, and others, join their families; nothing else of it is read.
 * @throws UserError where the file cannot be read, or a plugin is wrong
 */
export function joinPlugins(config: string | undefined, others: readonly string[]): void {
  for (const file of others) loadPlugin(file);
  if (config === undefined) return;
  const source = readSource(readText(config));
  const read = source.problems.length > 0 ? source : readPlugins(source.values['plugins'], dirname(config));
  if (read.problems.length > 0) throwProblems(read.problems, source, config);
}

/** The text of an overlay: of one that comes with certprune, or of a file. */
function overlayText(name: string): OverlayText {
  const known = configNames('overlays');
  if (known.includes(name)) {
    const text = readFileSync(join(configFolder, 'overlays', `${name}.yaml`), 'utf8');
    return { text, origin: `overlay ${name}` };
  }
  if (!/[./\\]/.test(name))
    throw new UserError(
      `There is no overlay "${name}"; ${suggestion(name, known)} (overlays: ${known.join(', ')}, or a file).`,
    );
  return { text: readText(name), origin: name };
}

/** A configuration before it is resolved. */
export interface ConfigText {
  readonly text: string;
  readonly origin: string;
  /** It is that of a run, see `ConfigInput`. */
  readonly saved?: boolean;
}

/**
 * The text of a configuration file or preset, and what messages call it.
 * @throws UserError for neither or both, an unreadable file, or an unknown preset
 */
export function configText(choice: ConfigChoice): ConfigText {
  const { config, preset } = choice;
  if ((config === undefined) === (preset === undefined)) {
    const list = configNames('presets').join(', ');
    throw new UserError(
      `Say which configuration: --config FILE or --preset NAME, one of the two (presets: ${list}, and the files of configs/original and configs/fashion).`,
    );
  }
  if (preset === undefined)
    return {
      text: readText(config!),
      origin: config!,
      saved: basename(config!) === 'config.yaml' && existsSync(join(dirname(config!), 'environment.json')),
    };
  const known = presetNames();
  if (!known.includes(preset)) {
    throw new UserError(
      `There is no preset "${preset}"; ${suggestion(preset, known)} (presets: ${configNames('presets').join(', ')}, and the files of configs/original and configs/fashion).`,
    );
  }
  const group = groups.find((name) => configNames(name).includes(preset))!;
  const text = readFileSync(join(configFolder, group, `${preset}.yaml`), 'utf8');
  return { text, origin: `preset ${preset}` };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(`Configuration ${relative('.', file) || file}: ${systemFault(error)}.`);
  }
}
