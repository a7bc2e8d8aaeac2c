/** @file Several runs beside each other: their best sparse states, and groups that differ in the seed alone. */

import { certifiedShare, certifiedTickets } from './findings.ts';
import { verifiedStates } from './runData.ts';
import type { RunData, VerifiedState } from './runData.ts';

/** One run in the comparison. */
export interface ComparedRun {
  readonly run: RunData;
  /** Which group of seeds it belongs to, by index. */
  readonly group: number;
  readonly dense?: VerifiedState;
  /** The sparse state with the highest certified share; among equals the sparsest. */
  readonly best?: VerifiedState;
  readonly tickets: number;
}

/** Keys that tell runs of one experiment apart without changing what is studied. */
const NAMES_OF_A_RUN: ReadonlySet<string> = new Set(['name', 'seed', 'save_dir']);

/** What is studied: the configuration without names and seed, in an order that does not matter. */
function study(run: RunData): string {
  const entries = Object.entries(run.config).filter(([key]) => !NAMES_OF_A_RUN.has(key));
  return JSON.stringify(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Runs in the order given, each with its group, dense state and best sparse state. */
export function compareRuns(runs: readonly RunData[]): ComparedRun[] {
  const studies = [...new Set(runs.map(study))];
  return runs.map((run) => {
    const states = verifiedStates(run);
    const dense = states.find((state) => state.remainRatio === 1);
    const sparse = states.filter((state) => state.remainRatio < 1);
    const best = sparse.reduce<VerifiedState | undefined>(
      (so, state) =>
        so === undefined || certifiedShare(state.verification) >= certifiedShare(so.verification)
          ? state
          : so,
      undefined,
    );
    return {
      run,
      group: studies.indexOf(study(run)),
      tickets: certifiedTickets(run).length,
      ...(dense && { dense }),
      ...(best && { best }),
    };
  });
}
