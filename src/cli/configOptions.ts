/** @file The options that several commands share: a configuration, a trained state, how much of a machine jobs may take. */
import type { Command } from 'commander';
import { UserError } from '../formats/userError.ts';
import type { RunConfig } from '../run/config/schema.ts';
import type { StateNetwork } from '../run/stateNetwork.ts';

/** Values of the shared options. */
export interface ConfigOptions {
  readonly config?: string;
  readonly preset?: string;
  readonly with?: readonly string[];
  readonly runs?: string;
  readonly device?: string;
  readonly threads?: string;
}

/** Gathers the values of an option that may be repeated. */
export const repeated = (value: string, before: readonly string[] | undefined): readonly string[] => [
  ...(before ?? []),
  value,
];

/** Adds `--config`, `--preset`, `--with`, `--runs`, `--device` and `--threads`. */
export function addConfigOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'configuration file (YAML)')
    .option('-p, --preset <name>', 'configuration that comes with certprune, e.g. mnist-quick')
    .option(
      '-w, --with <overlay>',
      'values laid over the configuration: quick (a version for two cores), or a file; may be repeated',
      repeated,
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

/** Values of the shared options. */
export interface StateOptions {
  readonly state?: string;
  readonly which: string;
  readonly keepBn?: true;
  readonly runs?: string;
}

/** Adds `--state`, `--which`, `--keep-bn` and `--runs`. */
export function addStateOptions(command: Command): Command {
  return command
    .argument('<run>', 'run directory, or name of a run')
    .option('-s, --state <k>', 'number of the state (default: the newest trained one)')
    .option('--which <checkpoint>', 'last or best', 'last')
    .option('--keep-bn', 'keep batch norms as layers of their own instead of folding them')
    .option('--runs <folder>', 'folder of run directories (default: $CERTPRUNE_RUNS or runs)');
}

/** @throws UserError where run or state do not exist, or an option is none */
export async function chooseState(
  run: string,
  options: StateOptions,
): Promise<StateNetwork & { readonly directory: string; readonly config: RunConfig; readonly seed: number }> {
  const { which, state } = options;
  if (which !== 'last' && which !== 'best') throw new UserError(`--which ${which}: expected last or best.`);
  const number = state === undefined ? undefined : Number(state);
  if (number !== undefined && !(Number.isInteger(number) && number >= 0))
    throw new UserError(`--state ${state}: expected the number of a state, such as 0 or 3.`);
  const { directory, config } = await chooseRun(
    [run],
    options.runs === undefined ? {} : { runs: options.runs },
  );
  const { readStateNetwork } = await import('../run/stateNetwork.ts');
  return { ...readStateNetwork(directory, config, which, number), directory, config, seed: config.seed };
}

/** Values of the shared options. */
export interface MachineOptions {
  readonly jobs?: string;
  readonly memory?: string;
}

/** A whole number of an option. @throws UserError where it is none, or smaller than `least` */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isInteger(value) && value >= least) return value;
  throw new UserError(`${option} ${text}: expected a whole number from ${least} on.`);
}

/** The limits that the options set; what they leave out follows from the machine. @throws UserError */
export async function limitsOf(options: MachineOptions): Promise<{ cores: number; memoryBytes: number }> {
  const [{ machineLimits }, { bytesOf }] = await Promise.all([
    import('../run/sweep/admission.ts'),
    import('../run/config/texts.ts'),
  ]);
  const { jobs, memory } = options;
  const memoryBytes = memory === undefined ? undefined : bytesOf(memory);
  if (memory !== undefined && memoryBytes === undefined)
    throw new UserError(`--memory ${memory}: expected a size such as 8GB.`);
  return machineLimits({
    cores: jobs === undefined ? undefined : wholeNumber('--jobs', jobs, 1),
    memoryBytes,
  });
}
