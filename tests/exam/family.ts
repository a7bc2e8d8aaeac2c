/** @file What a family of the exam is: questions to this program whose answers are known without it. */
import type { Rng } from '../../src/data/rng.ts';

/** `small` is for every change (about 15 seconds a family on two cores), `full` for a night (about three minutes). */
export type Size = 'small' | 'full';

/**
 * What became of one question. `right`: the answer known from elsewhere. `wrong`: its opposite, a crash or an answer
 * that must not be given. `open`: no answer within the limits. `refused`: said by name not to be understood.
 */
export type Outcome = 'right' | 'wrong' | 'open' | 'refused';

/** One question and its outcome. */
export interface Answered {
  /** Enough to ask it again: seed, network, property. */
  readonly question: string;
  readonly outcome: Outcome;
  /** What was said and what is true; needed where the outcome is `wrong`. */
  readonly detail?: string;
}

/** What a family is given when it is asked. */
export interface Sitting {
  readonly size: Size;
  /** Seeded by the family's name: the same questions every time. */
  readonly rng: Rng;
  /** An empty folder for files. */
  readonly folder: string;
  /** Cancelled when the exam is interrupted. */
  readonly signal: AbortSignal;
  readonly answered: (answer: Answered) => void;
}

/** One family: a file of this folder, listed in `families.ts`. */
export interface ExamFamily {
  /** Lower case, a few words: `rescaled networks`. */
  readonly name: string;
  /** What is asked, in one or two sentences for the exam's page. */
  readonly asks: string;
  /** How the truth is known, independently of `src`. */
  readonly truth: string;
  /** Fewest questions that must be answered right in a sitting: a family that answers none proves nothing. */
  readonly leastRight: Readonly<Record<Size, number>>;
  /** Asks all questions of the size. Throws only where the exam itself is broken. */
  readonly sit: (sitting: Sitting) => Promise<void>;
}
