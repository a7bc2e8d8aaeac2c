/** @file What of a run's files is not what was written: states and verdicts that are to be done again. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { checksumOf } from '../formats/sealed.ts';
import { UserError } from '../formats/userError.ts';
import type { RunConfig } from './config/schema.ts';
import type { RunPaths, StateFiles } from './paths.ts';
import { planStates } from './plan.ts';
import { readMeta } from './runDirectory.ts';
import { removeVerdicts, verdictDamage } from './verdictFiles.ts';

/** A part of a run that is to be done again. */
export interface Damage {
  readonly state: number;
  /** Of a state the verdicts go too: they speak of its checkpoint. */
  readonly part: 'state' | 'verdicts';
  /** In one line, naming the file. */
  readonly why: string;
}

/** The checkpoints of a state, and what is measured on it. */
const kept = ['dense', 'init', 'rewind', 'best', 'last', 'neurons'] as const satisfies (keyof StateFiles)[];

/** The checksums of a state's files that are there, for its record. */
export function fileChecksums(files: StateFiles): Readonly<Record<string, string>> {
  return Object.fromEntries(
    kept.flatMap((name) => (existsSync(files[name]) ? [[name, checksumOf(readFileSync(files[name]))]] : [])),
  );
}

/** Everything that is not as it was written; runs without checksums are believed as far as they can be read. */
export function runDamage(paths: RunPaths, config: RunConfig): Damage[] {
  return planStates(config, paths).flatMap(({ state }): Damage[] => {
    const why = stateDamage(paths, state);
    if (why !== undefined) return [{ state, part: 'state', why }];
    const verdicts = verdictDamage(paths.verify(state));
    return verdicts === undefined ? [] : [{ state, part: 'verdicts', why: verdicts }];
  });
}

function stateDamage(paths: RunPaths, state: number): string | undefined {
  const files = paths.state(state);
  let recorded: Readonly<Record<string, string>>;
  try {
    recorded = readMeta(paths, state)?.files ?? {};
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `${files.meta} is damaged`;
  }
  for (const name of kept) {
    if (recorded[name] === undefined) continue;
    if (!existsSync(files[name])) return `${files[name]} is missing`;
    if (checksumOf(readFileSync(files[name])) !== recorded[name])
      return `${files[name]} is not what was written: its checksum is wrong`;
  }
  return undefined;
}

/** Takes away what is damaged; the run then does it again, from the state before, with the same bits. */
export function discard(paths: RunPaths, { state, part }: Damage): void {
  if (part === 'state') rmSync(paths.state(state).folder, { recursive: true, force: true });
  removeVerdicts(paths.verify(state));
}

/** One line for the log and the terminal. */
export function damageText({ state, part, why }: Damage): string {
  const again = part === 'state' ? `state ${state}` : `the verification of state ${state}`;
  return `${why}; ${again} is done again`;
}
