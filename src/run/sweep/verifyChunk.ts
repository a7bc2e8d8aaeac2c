/** @file Some images of a state verified beside the run directory, which the training of the next state may hold; and what joins such chunks. */
import { constants, copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { UserError } from '../../formats/userError.ts';
import { writeFileAtomic, temporaryBeside } from '../../formats/atomicWrite.ts';
import { makeFolder } from '../../formats/makeFolder.ts';
import type { RunConfig } from '../config/schema.ts';
import { changedDataFiles } from '../environment.ts';
import { takeLock, waitForLock } from '../lock.ts';
import { runPaths, type VerifyFiles } from '../paths.ts';
import { planStates, type PlannedState } from '../plan.ts';
import { readEnvironment } from '../runDirectory.ts';
import type { Stages, VerifyOutcome } from '../stages.ts';
import { openPartial, isVerified } from '../verdictFiles.ts';
import { imagesFrom, verdictProgress, verifyOpen, verdictSettings, verifyState } from '../verifyState.ts';
import type { ProgressListener } from '../progress.ts';
import type { SweepPaths } from './paths.ts';
import type { JobWork } from './job.ts';
import type { Session } from '../session.ts';

/** One chunk. */
export interface ChunkTask {
  readonly run: string;
  readonly work: JobWork & { readonly kind: 'verify' };
  readonly config: RunConfig;
  readonly stages: Stages;
}

/** What a chunk is done with. */
export interface ChunkContext {
  readonly sweep: SweepPaths;
  readonly signal: AbortSignal;
  readonly progress: ProgressListener;
}

/**
 * Verifies the images of a chunk that have no verdict yet. Verdicts and counterexamples go to the chunk's folder.
 * @throws UserError where another process is at work on the chunk, or the data set is not the run's
 */
export async function verifyChunk(
  { run, work, config, stages }: ChunkTask,
  { sweep, signal, progress }: ChunkContext,
): Promise<void> {
  const { state, start, end } = work;
  const paths = runPaths(sweep.run(run));
  const files = sweep.chunk(run, work);
  const states = planStates(config, paths).length;
  const { dataset } = await stages.describe(config);
  const before = readEnvironment(paths);
  const changed = changedDataFiles(before, { ...before, dataset });
  if (changed.length > 0)
    throw new UserError(`${paths.root} was begun with other data: ${changed.join(', ')} differ here.`);
  signal.throwIfAborted();
  makeFolder(files.folder);
  await waitForLock(files.lock, signal);
  const unlock = takeLock(files.lock);
  try {
    const partial = openPartial(files, verdictSettings(config));
    await verifyOpen(
      partial,
      imagesFrom(start, end),
      async (indices, done) => {
        if (indices.length === 0) return;
        await stages.verify.verify(
          {
            config,
            state,
            states,
            checkpoint: paths.state(state)[config.verify.which],
            indices,
            root: files.folder,
            witnessFolder: files.witnesses,
            certificateFolder: paths.verify(state).certificates,
          },
          { signal, progress, imageDone: async (outcome) => done(outcome) },
        );
      },
      verdictProgress(progress, state, states, end - start),
    );
    signal.throwIfAborted();
    writeFileAtomic(files.done, '');
  } finally {
    unlock();
  }
}

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
