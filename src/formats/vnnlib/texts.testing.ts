/** @file Pieces of VNN-LIB texts for tests, and what is read of them in short. */
import { parseVnnlib } from './read.ts';

/** Version 1.0's declarations of inputs and outputs. */
export const declare = (inputs: number, outputs: number) =>
  [
    ...Array.from({ length: inputs }, (_, index) => `(declare-const X_${index} Real)`),
    ...Array.from({ length: outputs }, (_, index) => `(declare-const Y_${index} Real)`),
  ].join('\n') + '\n';
/** Every input in 0..1. */
export const unit = (inputs: number) =>
  Array.from({ length: inputs }, (_, i) => `(assert (<= X_${i} 1)) (assert (>= X_${i} 0))\n`).join('');
/** One input in 0..1, three outputs. */
export const small = (rest: string) => parseVnnlib(declare(1, 3) + unit(1) + rest);
/** The rows of each case: coefficients, bound, and '<' or '<='. */
export const rowsOf = (property: ReturnType<typeof small>) =>
  property.cases.map(({ outputRows }) =>
    outputRows.map(({ coefficients, bound, strict }) => [...coefficients, strict ? '<' : '<=', bound]),
  );
