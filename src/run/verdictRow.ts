/** @file An answer about an image as a row of the verdict files. */
import type { Answer } from '../verify/files/answer.ts';
import type { VerdictWord, VerifyRow } from './records.ts';

/** What a row says of each answer: there an image is verified, falsified or open. */
const words: Readonly<Record<Answer['result'], VerdictWord>> = {
  unsat: 'verified',
  sat: 'falsified',
  timeout: 'unknown',
  unknown: 'unknown',
  error: 'unknown',
};

/** Nothing was proved: more than the class was not asked for. */
export const isOnlyClassified = ({ result, by }: Answer): boolean => result === 'unsat' && by === undefined;

/**
 * The row of an image that has its prediction.
 * @param witness path of the counterexample, or empty
 */
export function verdictRow(index: number, label: number, answer: Answer, witness: string): VerifyRow {
  const { result, by = '', why, prediction, seconds, domains, lowerBound } = answer;
  const unasked = isOnlyClassified(answer);
  return {
    index,
    label,
    prediction: prediction!,
    verdict: unasked ? 'unknown' : words[result],
    by,
    why: why ?? (unasked ? 'not asked' : ''),
    seconds,
    domains,
    lowerBound,
    witness,
  };
}
