/** @file Verifies some images of a state beside the run directory, which the training of the next state may hold. */
import { UserError } from '../../formats/userError.ts';
import { writeFileAtomic } from '../../formats/atomicWrite.ts';
import { makeFolder } from '../../formats/makeFolder.ts';
import type { RunConfig } from '../config/schema.ts';
import { changedDataFiles } from '../environment.ts';
import { takeLock, waitForLock } from '../lock.ts';
import { runPaths } from '../paths.ts';
import { planStates } from '../plan.ts';
import { readEnvironment } from '../runDirectory.ts';
import type { Stages } from '../stages.ts';
import { openPartial } from '../verdictFiles.ts';
import { imagesFrom, verdictProgress, verifyOpen } from '../verifyOpen.ts';
import { verdictSettings } from '../verifyState.ts';
import type { ProgressListener } from '../progress.ts';
import type { SweepPaths } from './paths.ts';
import type { JobWork } from './job.ts';

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
