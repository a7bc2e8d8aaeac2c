/** @file What all parts of an experiment share: the open run, its stages, the way to stop and to tell. */
import type { OpenRun } from './runDirectory.ts';
import type { ProgressListener } from './progress.ts';
import type { Stages } from './stages.ts';

/** One process at work on one run. */
export interface Session {
  readonly run: OpenRun;
  readonly stages: Stages;
  readonly signal: AbortSignal;
  readonly progress: ProgressListener;
  /** Milliseconds since 1970, for times in records. */
  readonly now: () => number;
  /** Milliseconds of a steady clock, for durations. */
  readonly steady: () => number;
}

/** ISO 8601 time of a session's clock. */
export function timeOf(session: Session): string {
  return new Date(session.now()).toISOString();
}
