/** @file An answer as VNN-COMP's results files have it. */
import { formatWitness } from '../../formats/vnnlib/witness.ts';
import type { Answer } from './answer.ts';

/** The word, and behind `sat` the counterexample with the outputs that ONNX Runtime gave for it. */
export function resultsText({ result, witness }: Pick<Answer, 'result' | 'witness'>): string {
  return result === 'sat' && witness
    ? `sat\n${formatWitness(witness.input, witness.outputs)}`
    : `${result}\n`;
}
