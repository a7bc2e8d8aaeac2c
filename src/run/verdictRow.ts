/** @file An answer about an image as a row of the verdict files. */
import { verdictKinds, type Answer } from '../verify/files/answer.ts';
import type { VerifyRow } from './records.ts';

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
    verdict: unasked ? 'unknown' : verdictKinds[result],
    by,
    why: why ?? (unasked ? 'not asked' : ''),
    seconds,
    domains,
    lowerBound,
    witness,
  };
}
