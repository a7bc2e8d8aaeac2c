import { describe, expect, it } from 'vitest';
import { UserError } from '../userError.ts';
import { isCounterexample } from './property.ts';
import { parseVnnlib } from './read.ts';
import { declare, rowsOf, small, unit } from './texts.testing.ts';

describe('VNN-LIB 1.0', () => {
  it('reads boxes and conjoined rows', () => {
    const property = parseVnnlib(`${declare(2, 2)}
      ; a comment (assert (nonsense
      (assert (<= X_0 0.5))(assert (>= X_0 -5e-1))
      (assert (<= -1 X_1)) (assert(>= 2. X_1))   ; constants on the left
      (assert (<= Y_0 Y_1))
      (assert (>= Y_0 3.991125645861615))`);
    expect(property).toMatchObject({ inputCount: 2, outputCount: 2 });
    const [{ box, inputRows, outputRows }] = property.cases;
    expect([...box.lower, ...box.upper]).toEqual([-0.5, -1, 0.5, 2]);
    expect(inputRows).toEqual([]);
    expect(outputRows).toMatchObject([
      { coefficients: Float64Array.of(1, -1), bound: 0, strict: false },
      { coefficients: Float64Array.of(-1, 0), bound: -3.991125645861615, strict: false },
    ]);
  });

  it('folds n-ary linear arithmetic', () => {
    const row = (formula: string) => rowsOf(small(`(assert ${formula})`))[0][0];
    expect(row('(<= (+ Y_0 (* 2 Y_1) (- Y_2) 3) (- 4 Y_0 1))')).toEqual([2, 2, -1, '<=', 0]);
    expect(row('(> (* -0.5 (- Y_0 Y_1) 4) (- 1))')).toEqual([2, -2, 0, '<', 1]);
    expect(row('(< (- (- Y_0 Y_1 1) Y_2 (- 2)) 0)')).toEqual([1, -1, -1, '<', -1]);
    expect(row('(< (+ Y_0 Y_0 Y_0) (* 2 3))')).toEqual([3, 0, 0, '<', 6]);
  });

  it('puts nested formulas in disjunctive normal form, in the order of the text', () => {
    const property = small(`(assert (or (<= Y_0 1) (and (or (<= Y_0 2) (<= Y_0 3)) (<= Y_1 4))))
                            (assert (or (<= Y_2 5) (or (<= Y_2 6))))`);
    const bounds = rowsOf(property).map((rows) => rows.map((row) => row.at(-1)));
    expect(bounds.map((row) => row.toSorted((a, b) => Number(a) - Number(b)))).toEqual([
      [1, 5],
      [1, 6],
      [2, 4, 5],
      [2, 4, 6],
      [3, 4, 5],
      [3, 4, 6],
    ]);
    expect(new Set(property.cases.map(({ box }) => box)).size).toBe(1);
  });

  it('gives each case its own box, shared where equal', () => {
    const part = (low: number, high: number, rest: string) =>
      `(and (>= X_0 ${low}) (<= X_0 ${high}) ${rest})`;
    const { cases } = parseVnnlib(`${declare(1, 2)}(assert (or
      ${part(0, 1, '(<= Y_0 0)')} ${part(0, 1, '(<= Y_1 0)')} ${part(2, 3, '(<= Y_1 0)')} ${part(5, 4, '(<= Y_1 0)')}))`);
    expect(cases.map(({ box }) => [box.lower[0], box.upper[0]])).toEqual([[0, 1], [0, 1], [2, 3]]); // prettier-ignore
    expect(cases[0].box).toBe(cases[1].box);
  });

  it('keeps constraints between inputs, and drops comparisons of constants that hold', () => {
    const property = parseVnnlib(`${declare(2, 1)}${unit(2)}
      (assert (<= X_0 X_1)) (assert (<= 1 2)) (assert (>= Y_0 0))
      (assert (or (< 2 1) (<= Y_0 9)))`);
    expect(property.cases).toHaveLength(1);
    expect(property.cases[0].inputRows).toEqual([
      { coefficients: Float64Array.of(1, -1), bound: 0, strict: false },
    ]);
  });

  it('reads equality as two bounds, and scaled bounds', () => {
    const property = parseVnnlib(`${declare(2, 1)}(assert (== X_0 0.25)) (assert (<= (* 2 X_1) 3))
      (assert (<= (* -4 X_1) 2)) (assert (!= Y_0 0))`);
    const { box } = property.cases[0];
    expect([...box.lower, ...box.upper]).toEqual([0.25, -0.5, 0.25, 1.5]);
    expect(rowsOf(property)).toEqual([[[1, '<', 0]], [[-1, '<', 0]]]);
  });

  it('knows counterexamples, strict bounds included', () => {
    const property = parseVnnlib(
      `${declare(1, 2)}(assert (> X_0 0)) (assert (<= X_0 1)) (assert (<= Y_0 Y_1))`,
    );
    expect(isCounterexample(property, [1], [2, 2])).toBe(true);
    expect(isCounterexample(property, [0], [2, 2])).toBe(false);
    expect(isCounterexample(property, [0.5], [2.1, 2])).toBe(false);
    expect(isCounterexample(property, [Number.NaN], [1, 2])).toBe(false);
    expect(isCounterexample(property, [0.5], [Number.NaN, 2])).toBe(false);
    expect(isCounterexample(property, [0.5], [-Infinity, 2])).toBe(false);
    expect(isCounterexample(property, [0.5], [Infinity, 2])).toBe(false);
  });

  it.each<[string, string, RegExp]>([
    ['an open bracket', '(assert (<= Y_0 1)', /line 6, column 19: the file ends where '\)'/],
    ['a bracket too many', '(assert (<= Y_0 1)))', /line 6, column 20: '\)' stands where '\('/],
    ['an undeclared variable', '(assert (<= Y_3 1))', /line 6, column 13: 'Y_3' is neither/],
    ['an unknown word', '(assert (<= Z 1))', /'Z' is neither a number nor a declared variable/],
    ['an unknown operator', '(assert (=> (<= Y_0 1)))', /'=>' is no operator/],
    ['an unknown command', '(check-sat)', /'check-sat' is no command/],
    [
      'a line that may be a comment',
      '(assert (<= Y_0 1)) ; a\r(assert (<= Y_0 0))\r\n',
      /line 6, column 24: a carriage/,
    ],
    ['one operand', '(assert (<= Y_0))', /line 6, column 10: '<=' compares two values or more, but 1/],
    ['three unequal ones', '(assert (!= Y_0 1 2))', /'!=' compares two values, but 3/],
    ['a formula for a number', '(assert (<= (and Y_0) 1))', /'and' stands where a number/],
    ['a number for a formula', '(assert (and Y_0))', /'Y_0' stands where a comparison/],
    ['an empty or', '(assert (or))', /'or' joins nothing/],
    ['an empty inner or', '(assert (or (<= Y_0 1) (or)))', /'or' joins nothing/],
    ['an empty sum', '(assert (<= (+) 1))', /'\+' has no operands/],
    ['a product of variables', '(assert (<= (* Y_0 Y_1) 1))', /polynomial constraints are not supported/],
    ['inputs with outputs', '(assert (<= Y_0 X_0))', /comparison of inputs with outputs/],
    ['no constraint on outputs', '', /says nothing about the outputs/],
    ['an infinite number', '(assert (<= Y_0 1e999))', /too large/],
    ['an overflow', '(assert (<= (* 1e300 1e300 Y_0) 1))', /line 6, column 1\d: its numbers overflow/],
    ['a double declaration', '(declare-const X_0 Real)', /X_0 is declared twice/],
    ['a foreign name', '(declare-const eps Real)', /'eps' is neither an input/],
    ['another type', '(declare-const X_1 Int)', /'Int' stands where 'Real'/],
    ['both versions', '(declare-network N)', /a file uses one of them/],
    ['too many cases', '(assert (or (<= Y_0 1) (<= Y_0 2)))'.repeat(17), /131072 cases, more than 100000/],
    ['an exploding formula', `(assert (and ${'(or (<= Y_0 1) (<= Y_0 2))'.repeat(17)}))`, /131072 cases/],
  ])('refuses %s with the place', (_, text, message) => {
    expect(() => small(text)).toThrow(UserError);
    expect(() => small(text)).toThrow(message);
  });

  it('refuses missing variables and unbounded inputs', () => {
    expect(() => parseVnnlib('(declare-const X_0 Real)')).toThrow(/no output is declared/);
    expect(() => parseVnnlib('(declare-const Y_0 Real)')).toThrow(/no input is declared/);
    expect(() => parseVnnlib(`${declare(1, 1)}(declare-const X_2 Real)`)).toThrow(/X_1 is missing/);
    expect(() => parseVnnlib(`${declare(1, 1)}(assert (<= X_0 1))(assert (<= Y_0 1))`)).toThrow(
      /X_0 has no lower bound/,
    );
    const partly = `${declare(1, 1)}(assert (or (and (<= X_0 1) (>= X_0 0)) (<= X_0 1)))(assert (<= Y_0 1))`;
    expect(() => parseVnnlib(partly)).toThrow(
      /line 3, column 42: the input X_0 has no lower bound in this case/,
    );
  });

  it('takes 100,000 assertions and 10,000 levels in linear time', () => {
    // Processor time, since other work on the machine must not fail the test.
    const measure = (count: number) => {
      const text = declare(count / 2, 1) + unit(count / 2) + '(assert (<= Y_0 0))';
      const begin = process.cpuUsage();
      expect(parseVnnlib(text).cases).toHaveLength(1);
      const { user, system } = process.cpuUsage(begin);
      return user + system;
    };
    const few = Math.min(...[0, 1, 2].map(() => measure(10_000)));
    // Ten times the text; quadratic time would be a hundredfold.
    expect(measure(100_000)).toBeLessThan(50 * few);
    const nested = (open: string, depth: number) =>
      `(assert ${open.repeat(depth)}(<= Y_0 0)${')'.repeat(depth)})`;
    for (const open of ['(or ', '(and ', '(and (or ', '(or (<= Y_0 1) ', '(and (<= Y_0 1) ']) {
      const depth = 10_000;
      const closing =
        open === '(and (or '
          ? nested(open, depth).replace(/\)$/, `${')'.repeat(depth)})`)
          : nested(open, depth);
      expect(small(closing).cases.length).toBeGreaterThan(0);
    }
    const sums = `(assert (<= ${'(+ 1 '.repeat(10_000)}Y_0${')'.repeat(10_000)} 0))`;
    expect(rowsOf(small(sums))).toEqual([[[1, 0, 0, '<=', -10_000]]]);
    const signs = `(assert (<= ${'(- (* 1 '.repeat(10_000)}Y_0${'))'.repeat(10_000)} 7))`;
    expect(rowsOf(small(signs))).toEqual([[[1, 0, 0, '<=', 7]]]);
  });

  it('stops at formulas whose cases would fill the memory', () => {
    const depth = 20_000;
    const text = `(assert ${'(or (<= Y_0 1) (and (<= Y_0 2) '.repeat(depth)}(<= Y_0 0)${'))'.repeat(depth)})`;
    expect(() => small(text)).toThrow(/too many cases to hold/);
  });
});
