/** @file What a common suite is: properties that every member of a family has. */

/** One property of a member. */
export interface Check {
  /** What is promised: `masks only shrink`. */
  readonly promise: string;
  /** @throws CheckFailure where the promise is broken, with what was found; anything else that the member throws */
  run(): Promise<void> | void;
}

/** Checks from what is promised, and how it is tried. */
export const checksOf = (promises: Readonly<Record<string, Check['run']>>): Check[] =>
  Object.entries(promises).map(([promise, run]) => ({ promise, run }));

/** A promise that a member breaks. */
export class CheckFailure extends Error {}

/** @throws CheckFailure with this text unless it holds */
export function holds(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new CheckFailure(otherwise);
}
