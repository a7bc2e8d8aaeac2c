/** @file What a check may cost: a share of the work of the search, and what is left of the question's time. */
import type { CheckSession } from '../check/contracts.ts';
import { workOfRow, workRate } from './work.ts';

export interface CertifyLimits {
  /** Of the question's own time. */
  readonly seconds: number;
  /** The share that the check may cost of the work of finding the proof; Infinity: no such limit. */
  readonly share: number;
  /** Seconds that it may always cost, as work at `workRate`. */
  readonly leastSeconds: number;
  /** Backward walks that the search has done, as work in units of the checker's walks from the outputs. */
  readonly searchWalks: number;
}

/** Ends the work: it takes longer than it may. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
  /** In all, at a guess. */
  readonly seconds: number;
  constructor(seconds: number) {
    super(`about ${seconds} s`);
    this.seconds = seconds;
  }
}

/** What a search's program does in the time that the checker takes for one unit of work. */
const searchSpeed = 6;

/** Counts what the check costs, and stops it where that is too much. */
export function spending(limits: CertifyLimits, signal: AbortSignal | undefined) {
  const started = performance.now();
  let [work, expected, allowed] = [0, 0, Infinity];
  const requireTime = (): void => {
    signal?.throwIfAborted();
    const seconds = (performance.now() - started) / 1000;
    if (seconds > limits.seconds) throw new OutOfTime(Math.max(expected / workRate, 2 * limits.seconds));
  };
  const requireWork = (all: number): void => {
    if (all > allowed) throw new OutOfTime(Math.max(all, expected, 2 * allowed) / workRate);
  };
  return {
    requireTime,
    /** A set is begun, of which so much is known. */
    expect(session: CheckSession, own: number): void {
      const found = (limits.searchWalks * workOfRow(session)) / searchSpeed;
      if (limits.share < Infinity) allowed = Math.max(limits.leastSeconds * workRate, limits.share * found);
      expected = work + own;
      requireWork(expected);
    },
    spend(more: number): void {
      work += more;
      requireWork(work);
    },
  };
}
