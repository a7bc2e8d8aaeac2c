/** @file A counterexample in VNN-COMP's words. */

/**
 * The lines that a tool prints behind `sat`: every input and output by name and value, in one pair of brackets.
 * Values are printed so that reading them back gives the same f64.
 */
export function formatWitness(input: ArrayLike<number>, output: ArrayLike<number>): string {
  const lines = [
    ...Array.from(input, (value, index) => `(X_${index} ${value})`),
    ...Array.from(output, (value, index) => `(Y_${index} ${value})`),
  ];
  return `(${lines.join('\n')})\n`;
}
