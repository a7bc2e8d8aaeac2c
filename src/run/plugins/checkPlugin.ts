/** @file A plugin's members under the common suites of their families. */
import type { Member } from '../../family/family.ts';
import { UserError } from '../../formats/userError.ts';
import type { Plugin } from './api.ts';
import { CheckFailure, type Check } from './checks/check.ts';
import { criterionChecks } from './checks/criterion.ts';
import { datasetChecks } from './checks/dataset.ts';
import { objectiveChecks, regularizerChecks } from './checks/losses.ts';
import { modelChecks } from './checks/model.ts';
import { loadPlugin } from './plugins.ts';

/** The common suite of each family that takes members from outside. */
export const suites: {
  readonly [K in keyof Required<Plugin>]: (member: NonNullable<Plugin[K]>[number]) => Check[];
} = {
  criteria: criterionChecks,
  objectives: objectiveChecks,
  regularizers: regularizerChecks,
  models: modelChecks,
  datasets: datasetChecks,
};

/** How a promise came out. */
export interface CheckOutcome {
  readonly family: keyof Plugin;
  readonly member: string;
  readonly promise: string;
  readonly ok: boolean;
  /** What was found, where it is broken. */
  readonly found?: string;
}

/** A member under its family's suite. Its own errors are outcomes too. */
export async function checkMember(family: keyof Plugin, member: Member): Promise<CheckOutcome[]> {
  const about = { family, member: member.name };
  let checks: Check[];
  try {
    checks = (suites[family] as (given: Member) => Check[])(member);
  } catch (error) {
    return [{ ...about, promise: 'can be asked', ok: false, found: wordsOf(error) }];
  }
  const outcomes: CheckOutcome[] = [];
  for (const { promise, run } of checks)
    try {
      await run();
      outcomes.push({ ...about, promise, ok: true });
    } catch (error) {
      outcomes.push({ ...about, promise, ok: false, found: wordsOf(error) });
    }
  return outcomes;
}

/** All members of a plugin. @throws UserError where it cannot be loaded */
export async function checkPlugin(file: string): Promise<CheckOutcome[]> {
  const outcomes: CheckOutcome[] = [];
  for (const { family, member } of loadPlugin(file).members)
    outcomes.push(...(await checkMember(family, member)));
  return outcomes;
}

function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof CheckFailure || error instanceof UserError ? message : `it threw: ${message}`;
}
