/** @file Networks of one's own on disk, each in a folder: its layers, and its weights as a checkpoint. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { makeFolder } from '../../formats/makeFolder.ts';
import { systemFault } from '../../formats/systemFault.ts';
import { UserError } from '../../formats/userError.ts';
import { architectureOf } from '../../nn/notation/architecture.ts';
import { architectureFileOf, isFolder, networkFiles } from '../../nn/notation/architectureFile.ts';
import type { Network } from '../../nn/network.ts';
import { startCheckpoint } from '../../train/plan.ts';
import { writeCheckpoint } from '../stages/checkpointFile.ts';
import type { Weights } from './weightsFor.ts';

/** `CERTPRUNE_NETWORKS`, else `networks` in the current folder. */
export const networksFolder = (): string => process.env['CERTPRUNE_NETWORKS'] || 'networks';

/** On one line. */
export const flowText = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim();

/** The layers as YAML, one a line. */
export function architectureText(network: Network): string {
  const { layers, ...others } = architectureOf(network);
  const lines = Object.entries(others).map(([key, value]) => `${key}: ${flowText(value)}\n`);
  return `${lines.join('')}layers:\n${layers.map((layer) => `  - ${flowText(layer)}\n`).join('')}`;
}

/**
 * Writes layers and weights into a folder, which is made.
 * @throws UserError where that cannot be done
 */
export function writeNetworkFolder(folder: string, network: Network, { numbers, masks }: Weights): void {
  const files = networkFiles(folder);
  try {
    makeFolder(folder);
  } catch (error) {
    throw new UserError(`Cannot write ${folder}: ${systemFault(error)}.`);
  }
  writeCheckpoint(files.weights, network, startCheckpoint({ ...numbers }, masks));
  // The layers come last: they say that the folder holds a network.
  writeFileAtomic(files.architecture, architectureText(network));
}

/** What a name or path of a configuration means: files, absolute. */
export interface NetworkPlace {
  readonly architecture?: string;
  readonly weights?: string;
}

/**
 * A folder of `certprune import`, by path or by its name in the folder of networks; a file of layers; any other file as
 * weights.
 * @param folder what a path is relative to, beside the current one
 */
export function findNetwork(nameOrPath: string, folder: string): NetworkPlace | undefined {
  const places = [resolve(folder, nameOrPath), resolve(nameOrPath), resolve(networksFolder(), nameOrPath)];
  for (const path of places) {
    const architecture = architectureFileOf(path);
    if (architecture !== undefined && isFolder(path)) return networkFiles(path);
    if (architecture !== undefined) return { architecture };
    if (existsSync(path) && !isFolder(path)) return { weights: path };
  }
  return undefined;
}
