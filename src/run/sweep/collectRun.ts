/** @file Joins the chunks of a run's verification to the files that a run leaves when it verifies by itself. */
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { temporaryBeside } from '../../formats/atomicWrite.ts';
import type { VerifyFiles } from '../paths.ts';
import type { PlannedState } from '../plan.ts';
import type { Session } from '../session.ts';
import type { VerifyOutcome } from '../stages.ts';
import { isVerified, openPartial } from '../verdictFiles.ts';
import { verdictSettings, verifyState } from '../verifyState.ts';

/**
 * Writes `verify/NN.csv` and `NN.json` of every state from its chunks, then deletes the chunks. An image without a
 * verdict is verified here. Interrupted, it begins again and ends with the same files.
 * @param folder of the run's chunks: `NN-start-end/` each
 */
export async function collectRun(
  session: Session,
  plan: readonly PlannedState[],
  folder: string,
): Promise<void> {
  const { workers } = session.run.config.verify;
  const { verify } = session.stages.verify;
  const stages: Session['stages'] = {
    ...session.stages,
    verify: {
      verify: async (task, context) => (task.indices.length > 0 ? verify(task, context) : { workers }),
    },
  };
  for (const { state } of plan) {
    const files = session.run.paths.verify(state);
    if (!isVerified(files)) joinChunks(session, files, chunksOf(folder, state));
    await verifyState({ ...session, stages }, state, plan.length);
  }
  rmSync(folder, { recursive: true, force: true });
}

/** Folders of a state's chunks by their first image. */
function chunksOf(folder: string, state: number): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .map((name) => ({ name, numbers: name.split('-').map(Number) }))
    .filter(({ numbers }) => numbers.length === 3 && numbers[0] === state)
    .sort((a, b) => a.numbers[1] - b.numbers[1])
    .map(({ name }) => join(folder, name));
}

function joinChunks({ run }: Session, files: VerifyFiles, chunks: readonly string[]): void {
  const settings = verdictSettings(run.config);
  const partial = openPartial(files, settings);
  const known = new Set(partial.outcomes.map(({ row }) => row.index));
  let { seconds } = partial;
  for (const folder of chunks) {
    const own = { partial: join(folder, 'partial.jsonl'), witnesses: join(folder, 'witnesses') };
    if (!existsSync(own.partial)) continue;
    const chunk = openPartial({ ...files, ...own }, settings);
    seconds += chunk.seconds;
    for (const outcome of chunk.outcomes) {
      if (known.has(outcome.row.index)) continue;
      known.add(outcome.row.index);
      partial.add(movedTo(run.paths.root, files.witnesses, folder, outcome), seconds);
    }
  }
}

/** The verdict with its counterexample copied into the run directory. */
function movedTo(root: string, witnesses: string, chunk: string, outcome: VerifyOutcome): VerifyOutcome {
  const { row } = outcome;
  if (row.witness === '') return outcome;
  const name = basename(row.witness);
  const path = join(witnesses, name);
  mkdirSync(witnesses, { recursive: true });
  const temporary = temporaryBeside(path);
  copyFileSync(join(chunk, row.witness), temporary, constants.COPYFILE_EXCL);
  renameSync(temporary, path);
  return { ...outcome, row: { ...row, witness: relative(root, path) } };
}
