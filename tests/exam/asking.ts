/** @file Asking the program a property, and judging its answer. */
import { parseVnnlib } from '../../src/formats/vnnlib/read.ts';
import type { NumberedNetwork } from '../../src/nn/foldBatchNorm.ts';
import { answerOf } from '../../src/verify/files/answer.ts';
import { verify, type LibraryOptions } from '../../src/verify/files/verifyNetwork.ts';
import { resultsText } from '../../src/verify/files/resultsText.ts';
import type { Outcome } from './family.ts';

/** No attack: what is found, branch and bound has found. */
export const withoutAttack = {
  cheapAttack: { steps: 1, restarts: 0, relativeStep: 1 },
  strongAttack: { steps: 1, restarts: 0, relativeStep: 1 },
} as const;

/** What became of one property: VNN-COMP's word, the step, and the results file's text. */
export interface Asked {
  readonly word: string;
  readonly by: string;
  readonly text: string;
}

export async function ask(
  network: NumberedNetwork,
  property: string,
  options: LibraryOptions,
): Promise<Asked> {
  const result = await verify(network, parseVnnlib(property), { threads: 1, ...options });
  const answer = { ...answerOf(result), seconds: result.seconds };
  return { word: answer.result, by: answer.by ?? answer.why ?? '', text: resultsText(answer) };
}

/** @param truth whether the property holds */
export function outcomeOf({ word }: Asked, truth: 'unsat' | 'sat'): Outcome {
  if (word === truth) return 'right';
  return word === 'unknown' || word === 'timeout' ? 'open' : 'wrong';
}

/** Values of a counterexample as its results file has them, by name. */
export function printedWitness(text: string): Map<string, string> {
  return new Map([...text.matchAll(/\(([XY]_\d+) ([^()\s]+)\)/g)].map(([, name, value]) => [name, value]));
}
