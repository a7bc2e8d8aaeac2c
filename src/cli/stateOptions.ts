/** @file The options that name a trained state of a run, shared by the commands that take its network. */
import type { Command } from 'commander';
import { UserError } from '../formats/userError.ts';
import type { StateNetwork } from '../run/stateNetwork.ts';

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
): Promise<StateNetwork & { readonly directory: string; readonly seed: number }> {
  const { which, state } = options;
  if (which !== 'last' && which !== 'best') throw new UserError(`--which ${which}: expected last or best.`);
  const number = state === undefined ? undefined : Number(state);
  if (number !== undefined && !(Number.isInteger(number) && number >= 0))
    throw new UserError(`--state ${state}: expected the number of a state, such as 0 or 3.`);
  const { chooseRun } = await import('./configOptions.ts');
  const { directory, config } = await chooseRun(
    [run],
    options.runs === undefined ? {} : { runs: options.runs },
  );
  const { readStateNetwork } = await import('../run/stateNetwork.ts');
  return { ...readStateNetwork(directory, config, which, number), directory, seed: config.seed };
}
