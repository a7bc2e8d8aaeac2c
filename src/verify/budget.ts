/** @file Budgets: time, memory, iterations and cancellation for one verification. */
import type { UnknownReason } from './verdict.ts';

export interface BudgetOptions {
  /** Wall-clock limit over everything; default none. */
  readonly timeoutSeconds?: number;
  /** Limit on the memory of the search's stored domains. */
  readonly memoryBytes?: number;
  /** Limit on bounded domains: makes a search end the same way on any machine. */
  readonly maxDomains?: number;
  readonly signal?: AbortSignal;
}

/** Ends a computation from within: the budget is used up. */
export class BudgetExceeded extends Error {
  override readonly name = 'BudgetExceeded';
  readonly why: UnknownReason;
  constructor(why: UnknownReason) {
    super(`budget exceeded: ${why}`);
    this.why = why;
  }
}

/** A running budget; `check` throws when the time is over or the caller has cancelled. */
export interface Budget {
  readonly elapsedSeconds: () => number;
  readonly remainingSeconds: () => number;
  readonly memoryBytes: number;
  readonly maxDomains: number;
  /** @throws BudgetExceeded on time-out; the signal's reason on cancellation */
  readonly check: () => void;
}

export function startBudget({
  timeoutSeconds = Infinity,
  memoryBytes = 2 ** 31,
  maxDomains = Infinity,
  signal,
}: BudgetOptions): Budget {
  const start = performance.now();
  const elapsedSeconds = (): number => (performance.now() - start) / 1000;
  return {
    elapsedSeconds,
    remainingSeconds: () => timeoutSeconds - elapsedSeconds(),
    memoryBytes,
    maxDomains,
    check() {
      signal?.throwIfAborted();
      if (elapsedSeconds() >= timeoutSeconds) throw new BudgetExceeded('timeout');
    },
  };
}
