/** @file The network of one trained state, read from its run directory. */
import { existsSync } from 'node:fs';
import { UserError } from '../formats/userError.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { maskNumbers, type Masks } from '../nn/masks.ts';
import type { RunConfig } from './config/schema.ts';
import { runPaths } from './paths.ts';
import { planStates } from './plan.ts';
import { readMeta } from './runDirectory.ts';
import { readCheckpoint } from './stages/checkpointFile.ts';
import { networkOf } from './stages/setting.ts';

/** A state's network; pruned weights are 0. */
export interface StateNetwork extends NumberedNetwork {
  readonly state: number;
  readonly masks: Masks;
  /** The checkpoint it came from. */
  readonly path: string;
}

/**
 * @param state its number; default: the newest that is trained to its end
 * @throws UserError where it is not trained, or has no such checkpoint
 */
export function readStateNetwork(
  directory: string,
  config: RunConfig,
  which: 'last' | 'best',
  state?: number,
): StateNetwork {
  const paths = runPaths(directory);
  const trained = planStates(config, paths)
    .map((planned) => planned.state)
    .filter((k) => readMeta(paths, k)?.finished === true);
  const wanted = state ?? trained.at(-1);
  if (wanted === undefined || !trained.includes(wanted)) {
    const list =
      trained.length > 0 ? `Trained states: ${trained.join(', ')}.` : 'No state is trained to its end yet.';
    throw new UserError(
      `${directory}: there is no trained state${wanted === undefined ? '' : ` ${wanted}`}. ${list}`,
    );
  }
  const path = paths.state(wanted)[which];
  if (!existsSync(path))
    throw new UserError(
      `${path} is missing: state ${wanted} has no '${which}' checkpoint. Try the other one with --which.`,
    );
  const network = networkOf(config);
  const { numbers, masks } = readCheckpoint(path, network);
  return {
    state: wanted,
    network,
    numbers: maskNumbers(numbers as Record<string, Float32Array>, masks),
    masks,
    path,
  };
}
