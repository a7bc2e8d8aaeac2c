/** @file The loop of a machine: takes jobs that fit, starts them, says that they live, and tells how they ended. */
import { setTimeout as pause } from 'node:timers/promises';
import { UserError } from '../../formats/userError.ts';
import type { Admission } from './admission.ts';
import type { Job, SweepReference } from './job.ts';
import type { JobEnd, Launcher, RunningJob } from './launcher.ts';
import type { ClaimState, JobQueue, TakenJob } from './queue.ts';

/** How a job ended for this loop: `lost` to another worker, or stopped because its sweep was `cancelled`. */
export type WorkEnd = JobEnd | { readonly kind: 'lost' | 'cancelled' };

/** What the loop works with. */
export interface WorkOptions {
  readonly queue: JobQueue;
  readonly launch: Launcher;
  readonly admission: Admission;
  /** The sweep's folder on this machine. @throws UserError where it is not there: its jobs are put off */
  readonly folderOf: (sweep: SweepReference) => string;
  /** Stops: running jobs save, end, and go back to the queue. */
  readonly signal: AbortSignal;
  /** Asked while no job runs here and none is to be had: whether to end. */
  readonly isOver: (idleSeconds: number) => Promise<boolean>;
  /** Told once of each sweep whose jobs cannot be done here, and why. */
  readonly onPutOff?: (message: string) => void;
  readonly onStart?: (job: Job) => void;
  readonly onEnd?: (job: Job, end: WorkEnd, seconds: number) => void;
  /** How often the queue is asked and told. */
  readonly pollMilliseconds?: number;
  readonly heartbeatMilliseconds?: number;
}

/** Works until `isOver` or the signal; no job of this loop runs when it returns. @throws what `folderOf` throws */
export async function workOnJobs(given: WorkOptions): Promise<void> {
  const { queue, admission, isOver, pollMilliseconds = 250 } = given;
  const broken = new AbortController();
  const signal = AbortSignal.any([given.signal, broken.signal]);
  const told = new Set<string>();
  const options: WorkOptions = {
    ...given,
    signal,
    onPutOff(message) {
      if (!told.has(message)) given.onPutOff?.(message);
      told.add(message);
    },
  };
  const running = new Set<Promise<void>>();
  let fault: { readonly error: unknown } | undefined;
  // Jobs at work save and end before the loop does.
  const fail = (error: unknown): void => {
    fault ??= { error };
    broken.abort();
  };
  let lastWork = performance.now();
  const stopped = (): boolean => signal.aborted || fault !== undefined;
  while (!stopped()) {
    try {
      const taken = await queue.take((need) => !stopped() && admission.fits(need));
      if (taken) {
        // The need counts from here: the next job is taken before this one has got its memory.
        const leave = admission.enter(taken.job.need);
        const work: Promise<void> = doTaken(taken, options)
          .catch(fail)
          .finally(() => {
            leave();
            running.delete(work);
          });
        running.add(work);
        continue;
      }
      if (running.size > 0) lastWork = performance.now();
      else if (await isOver((performance.now() - lastWork) / 1000)) break;
    } catch (error) {
      fail(error);
      break;
    }
    await Promise.race([...running, pause(pollMilliseconds)]);
  }
  await Promise.all(running);
  if (fault) throw fault.error;
}

async function doTaken(taken: TakenJob, options: WorkOptions): Promise<void> {
  const { queue, launch, folderOf, signal, onPutOff, onStart, onEnd, heartbeatMilliseconds = 1000 } = options;
  let process: RunningJob;
  try {
    process = launch(taken.job, folderOf(taken.sweep));
  } catch (error) {
    if (!(error instanceof UserError)) {
      await queue.release(taken);
      throw error;
    }
    onPutOff?.(error.message);
    return queue.putOff(taken);
  }
  const begun = performance.now();
  onStart?.(taken.job);
  let claim = 'held' as ClaimState;
  let beating = false;
  const beat = async (): Promise<void> => {
    if (beating) return;
    beating = true;
    try {
      const before = claim;
      claim = await queue.heartbeat(taken, process.note());
      if (claim === 'lost') process.kill();
      else if (claim === 'cancelled' && before !== claim) process.stop();
    } catch {
      // A queue that is away for a moment: the claim holds until its lease ends.
    } finally {
      beating = false;
    }
  };
  const timer = setInterval(() => void beat(), heartbeatMilliseconds);
  const stop = (): void => process.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let end: JobEnd;
  try {
    end = await process.ended;
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  }
  const seconds = (performance.now() - begun) / 1000;
  if (claim !== 'lost') await tell(queue, taken, end, seconds);
  const cut = claim === 'lost' || end.kind === 'stopped';
  onEnd?.(taken.job, cut && claim !== 'held' ? { kind: claim } : end, seconds);
}

async function tell(queue: JobQueue, taken: TakenJob, end: JobEnd, seconds: number): Promise<void> {
  if (end.kind === 'done') await queue.done(taken, seconds);
  else if (end.kind === 'stopped') await queue.release(taken);
  else await queue.fail(taken, end.message, end.kind === 'crashed');
}
