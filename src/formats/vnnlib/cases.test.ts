import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCounterexample } from './property.ts';
import { parseVnnlib } from './read.ts';
import { declare } from './texts.testing.ts';

/** A random formula over X_0, X_1, Y_0, Y_1: its text, and its truth at a point. */
interface Formula {
  readonly text: string;
  readonly holds: (x: number[], y: number[]) => boolean;
}

const comparison: fc.Arbitrary<Formula> = fc
  .record({
    letter: fc.constantFrom('X', 'Y'),
    first: fc.integer({ min: -2, max: 2 }),
    second: fc.integer({ min: -2, max: 2 }),
    operator: fc.constantFrom('<=', '<', '>=', '>', '==', '!='),
    bound: fc.integer({ min: -3, max: 3 }),
  })
  .map(({ letter, first, second, operator, bound }) => ({
    text: `(${operator} (+ (* ${first} ${letter}_0) (* ${letter}_1 ${second})) ${bound})`,
    holds: (x, y) => {
      const [a, b] = letter === 'X' ? x : y;
      const left = first * a + second * b;
      if (operator === '<=') return left <= bound;
      if (operator === '<') return left < bound;
      if (operator === '>=') return left >= bound;
      if (operator === '>') return left > bound;
      return (left === bound) === (operator === '==');
    },
  }));
const { formula } = fc.letrec<{ formula: Formula }>((tie) => ({
  formula: fc.oneof(
    { maxDepth: 3 },
    comparison,
    fc
      .tuple(fc.constantFrom('and', 'or'), fc.array(tie('formula'), { minLength: 1, maxLength: 3 }))
      .map(([word, parts]): Formula => ({
        text: `(${word} ${parts.map(({ text }) => text).join(' ')})`,
        holds: (x, y) =>
          word === 'and' ? parts.every((p) => p.holds(x, y)) : parts.some((p) => p.holds(x, y)),
      })),
    tie('formula').map(({ text, holds }): Formula => ({
      text: `(not ${text})`,
      holds: (x, y) => !holds(x, y),
    })),
    fc.constantFrom('true', 'false').map((text): Formula => ({ text, holds: () => text === 'true' })),
  ),
}));

describe('the cases', () => {
  it('hold the points that the formulas hold', () => {
    const steps = [-1, 0, 1, 2];
    const points = steps.flatMap((a) => steps.map((b) => [a, b]));
    fc.assert(
      fc.property(fc.array(formula, { minLength: 1, maxLength: 2 }), (formulas) => {
        const text = `${declare(2, 2)}
          (assert (and (>= X_0 -1) (<= X_0 2) (>= X_1 -1) (<= X_1 2) (<= Y_0 5)))
          ${formulas.map((f) => `(assert ${f.text})`).join('\n')}`;
        const property = parseVnnlib(text);
        expect(property.empty !== undefined).toBe(property.cases.length === 0);
        for (const x of points) {
          for (const y of points) {
            const expected = formulas.every((f) => f.holds(x, y));
            expect(isCounterexample(property, x, y)).toBe(expected);
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('are decided by the numbers as they are written', () => {
    const asks = (formula: string, y: number): boolean =>
      isCounterexample(parseVnnlib(`${declare(1, 1)}(assert (<= 0 X_0 1))(assert ${formula})`), [0.5], [y]);
    // f64 makes 0 of both sums, and 0.1 of a number below it.
    expect(asks('(<= Y_0 (+ 1e17 0.5 -1e17))', 0.25)).toBe(true);
    expect(asks('(>= Y_0 (+ 1e17 0.5 -1e17))', 0.25)).toBe(false);
    expect(asks('(< (* 3 Y_0) 0.75)', 0.25)).toBe(false);
    expect(asks('(<= (* 3 Y_0) 0.75)', 0.25)).toBe(true);
    expect(asks('(<= Y_0 0.24999999999999999999)', 0.25)).toBe(false);
    expect(asks('(<= (* (/ 1 3) Y_0) (/ 1 12))', 0.25)).toBe(true);
    expect(asks('(< (* (/ 1 3) Y_0) (/ 1 12))', 0.25)).toBe(false);
  });

  it('leave out ends that f64 rounds outward', () => {
    const [{ box }] = parseVnnlib(
      `${declare(1, 1)}(assert (<= 0.00000000000000000001 X_0 0.49999999999999999999))(assert (<= Y_0 0))`,
    ).cases;
    expect([box.upper[0], box.openUpper.has(0)]).toEqual([0.5, true]);
  });

  const side = (formulas: string): ReturnType<typeof parseVnnlib> =>
    parseVnnlib(`${declare(1, 1)}${formulas}(assert (<= Y_0 0))`);

  it.each([0.999, 0.1, -0.7, 1e-30, 16777217, 2 ** -149])(
    'hold the f32 number that both ends stand for: %d in 17 digits',
    (x) => {
      const single = Math.fround(x);
      for (const text of [single.toPrecision(17), String(single), single.toExponential(20)]) {
        const { cases, empty } = side(`(assert (>= X_0 ${text}))(assert (<= X_0 ${text}))`);
        expect([empty, cases.length]).toEqual([undefined, 1]);
        expect(isCounterexample(side(`(assert (= X_0 ${text}))`), [single], [0])).toBe(true);
      }
    },
  );

  it('are empty where ends that round to one number exclude each other', () => {
    const above = '0.50000000000000000002';
    expect(side(`(assert (>= X_0 ${above}))(assert (<= X_0 0.5))`).cases).toEqual([]);
    expect(side(`(assert (>= X_0 ${above}))(assert (< X_0 ${above}))`).cases).toEqual([]);
    expect(side(`(assert (>= X_0 0.50000000000000000001))(assert (<= X_0 ${above}))`).cases).toHaveLength(1);
    expect(side(`(assert (> X_0 0.5))(assert (<= X_0 ${above}))`).cases).toHaveLength(1);
  });

  it('are empty where an end that no f32 number equals excludes itself', () => {
    expect(side('(assert (>= X_0 0.3))(assert (< X_0 0.3))').cases).toEqual([]);
    expect(side('(assert (<= X_0 0.1))(assert (>= X_0 0.100000000000000001))').cases).toEqual([]);
    expect(side('(assert (>= X_0 0.29999999999999998))(assert (< X_0 0.3))').cases).toHaveLength(1);
    expect(side('(assert (>= X_0 0.1))(assert (<= X_0 0.1))').cases).toHaveLength(1);
  });

  it('keep the tighter of two ends that round to one number', () => {
    const ends = side(
      '(assert (>= X_0 0.49999999999999999999))(assert (>= X_0 0.50000000000000000001))(assert (<= X_0 1))',
    );
    expect(isCounterexample(ends, [0.5], [0])).toBe(false);
    const turned = side('(assert (> X_0 0.5))(assert (>= X_0 0.49999999999999999999))(assert (<= X_0 1))');
    expect(isCounterexample(turned, [0.5], [0])).toBe(false);
  });
});
