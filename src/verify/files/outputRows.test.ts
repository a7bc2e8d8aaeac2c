import { describe, expect, it } from 'vitest';
import { parseRow } from './outputRows.ts';

const row = (text: string): number[] => {
  const { coefficients, bound } = parseRow(text, 4);
  return [...coefficients, bound].map((v) => v + 0);
};

describe('inequalities of outputs', () => {
  it.each([
    ['Y_0 - 2 Y_3 <= 0.5', [1, 0, 0, -2, 0.5]],
    ['Y_0 <= Y_1', [1, -1, 0, 0, 0]],
    ['Y0 >= 2.5*Y_1 + 1', [-1, 2.5, 0, 0, -1]],
    ['-Y_2+1e-1 >= .5 - y_2 + Y_1', [0, 1, 0, 0, -0.4]],
    ['3 <= Y_1 + Y_1', [0, -2, 0, 0, -3]],
  ])('%s', (text, expected) => {
    row(text).forEach((value, i) => expect(value).toBeCloseTo(expected[i], 12));
  });

  it.each([
    ['Y_0', 'is no inequality'],
    ['Y_0 <= Y_1 <= Y_2', 'is no inequality'],
    ['Y_0 Y_1 <= 2', 'not understood at "Y_1"'],
    ['Y_0 <= X_1', 'not understood at "X_1"'],
    ['Y_9 <= 1', 'speaks of Y_9, but the network has 4 outputs'],
    ['Y_0 <= Y_0', 'says nothing about the outputs'],
  ])('%s is refused', (text, message) => {
    expect(() => row(text)).toThrow(message);
  });
});
