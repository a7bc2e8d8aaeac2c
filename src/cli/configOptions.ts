/** @file The options that name a configuration, shared by the commands that start runs. */
import type { Command } from 'commander';
import { UserError } from '../formats/userError.ts';
import type { RunConfig } from '../run/config/schema.ts';

/** Values of the shared options. */
export interface ConfigOptions {
  readonly config?: string;
  readonly preset?: string;
  readonly with?: readonly string[];
  readonly runs?: string;
  readonly device?: string;
  readonly threads?: string;
}

/** Adds `--config`, `--preset`, `--with`, `--runs`, `--device` and `--threads`. */
export function addConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file (YAML)')
    .option('-p, --preset <name>', 'configuration that comes with certprune, e.g. mnist-quick')
    .option(
      '-w, --with <overlay>',
      'values laid over the configuration: quick (a version for two cores), or a file; may be repeated',
      (overlay: string, before: readonly string[] | undefined) => [...(before ?? []), overlay],
    )
    .option('--runs <folder>', 'folder of run directories (default: $CERTPRUNE_RUNS or runs)')
    .option('--device <name>', 'cpu, webgpu or cuda')
    .option('--threads <n>', 'threads of a training step, 0 = one per core');
}

/** A run: where it is (or will be), and its configuration. */
export interface ChosenRun {
  readonly directory: string;
  readonly config: RunConfig;
}

/**
 * The run that the arguments mean: a new one of a configuration, or the one named among them.
 * @param words `key=value` overrides, and at most one name or path of a run
 * @throws UserError where they contradict each other, or anything in them is wrong
 */
export async function chooseRun(words: readonly string[], options: ConfigOptions): Promise<ChosenRun> {
  const named = words.filter((word) => !word.includes('='));
  const overrides = words.filter((word) => word.includes('='));
  if (options.device !== undefined) overrides.push(`device=${options.device}`);
  if (options.threads !== undefined) overrides.push(`threads=${options.threads}`);
  if (named.length > 1) {
    throw new UserError(
      `Too many arguments: ${named.join(' ')}. Expected key=value overrides and at most one run.`,
    );
  }
  const [{ loadConfig }, { defaultRunsFolder, findRun }, { join }] = await Promise.all([
    import('../run/config/presets.ts'),
    import('../run/runs.ts'),
    import('node:path'),
  ]);
  if (named.length === 0) {
    const config = loadConfig(options, overrides);
    return { directory: join(options.runs ?? defaultRunsFolder(), config.name), config };
  }
  const given = (['config', 'preset', 'with'] as const).find((name) => options[name] !== undefined);
  if (given !== undefined) {
    throw new UserError(
      `"${named[0]}" is neither key=value nor needed beside --${given}: ` +
        'give a configuration for a new run, or the name of an existing run, not both.',
    );
  }
  const directory = findRun(named[0], options.runs);
  return { directory, config: loadConfig({ config: join(directory, 'config.yaml') }, overrides) };
}
