/** The checker's reader of VNN-LIB against the prover's, which shares no line with it, and against the formulas' truth. */
import { statSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal, enclose, isLess, rationalOf } from '../../src/check/property/rational.ts';
import { readVnnlib } from '../../src/check/property/vnnlib.ts';
import type { VnnlibProperty } from '../../src/formats/vnnlib/property.ts';
import { parseVnnlib } from '../../src/formats/vnnlib/read.ts';
import { contents, files, outcome, tried } from './readers.testing.ts';

const within = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 2e-16 * Math.max(Math.abs(a), 1e-300) * 2;

function expectSameProperty(mine: ReturnType<typeof readVnnlib>, theirs: VnnlibProperty, path: string): void {
  expect(mine.outputs, path).toBe(theirs.outputCount);
  const cases = mine.sets.flatMap(({ unsafe, ...set }) => unsafe.map((rows) => ({ ...set, rows })));
  expect(cases.length, path).toBe(theirs.cases.length);
  const rest = new Set(cases);
  for (const { box, outputRows } of theirs.cases) {
    const found = [...rest].find(
      ({ lower, upper, rows }) =>
        lower.every((x, i) => x <= box.lower[i] && within(x, box.lower[i])) &&
        upper.every((x, i) => x >= box.upper[i] && within(x, box.upper[i])) &&
        rows.length === outputRows.length &&
        outputRows.every((row) =>
          rows.some(
            ({ coefficients, bound }) =>
              bound >= row.bound &&
              within(bound, row.bound) &&
              coefficients.every((c, i) => within(c, row.coefficients[i])),
          ),
        ),
    );
    expect(found, path).toBeDefined();
    rest.delete(found!);
  }
}

describe('VNN-LIB', () => {
  const texts = files(/\.vnnlib(\.gz)?$/).filter((path) => statSync(path).size < 20e6);
  it.skipIf(texts.length === 0)('of the reference data is read alike', { timeout: 120_000 }, () => {
    const unread = texts.flatMap((path) => {
      const text = new TextDecoder().decode(contents(path));
      const theirs = tried(() => parseVnnlib(text));
      const mine = outcome(() => readVnnlib(text));
      if (typeof mine !== 'string') expectSameProperty(mine, theirs!, path);
      const ties = theirs?.cases.some(({ inputRows }) => inputRows.length > 0);
      return typeof mine !== 'string' || (mine === 'input-relations' && ties) ? [] : [`${path}: ${mine}`];
    });
    expect(unread).toEqual([]);
  });

  /** A random formula over two inputs and two outputs: its text, and its truth at a point. */
  interface Formula {
    readonly text: string;
    readonly holds: (x: readonly number[], y: readonly number[]) => boolean;
  }
  // Bounds between whole numbers: at whole points no comparison is an equality, so strict and closed are one.
  const output: fc.Arbitrary<Formula> = fc
    .tuple(
      fc.integer({ min: -2, max: 2 }),
      fc.integer({ min: -2, max: 2 }),
      fc.constantFrom('<=', '<', '>=', '>', '==', '!='),
      fc.integer({ min: -3, max: 3 }),
    )
    .map(([a, b, operator, k]) => ({
      text: `(${operator} (- (+ (* ${a} Y_0) (* Y_1 ${b} 1) ${k}) (/ 1 2)) ${2 * k}.)`,
      holds: (_, y) => {
        const left = a * y[0] + b * y[1] - 0.5 - k;
        return (
          operator === '!=' || (operator.startsWith('<') ? left < 0 : operator.startsWith('>') && left > 0)
        );
      },
    }));
  const input: fc.Arbitrary<Formula> = fc
    .tuple(fc.nat(1), fc.constantFrom('<=', '>='), fc.integer({ min: -2, max: 2 }))
    .map(([i, operator, k]) => ({
      text: `(${operator} (- X_${i}) ${k}.5e0)`,
      holds: (x) =>
        operator === '<=' ? -x[i] <= k + (k < 0 ? -0.5 : 0.5) : -x[i] >= k + (k < 0 ? -0.5 : 0.5),
    }));
  const { formula } = fc.letrec<{ formula: Formula }>((tie) => ({
    formula: fc.oneof(
      { maxDepth: 3 },
      output,
      input,
      fc
        .tuple(fc.constantFrom('and', 'or'), fc.array(tie('formula'), { minLength: 1, maxLength: 3 }))
        .map(([word, parts]): Formula => ({
          text: `(${word} ${parts.map(({ text }) => text).join(' ; a comment )\n')})`,
          holds: (x, y) =>
            word === 'and' ? parts.every((part) => part.holds(x, y)) : parts.some((part) => part.holds(x, y)),
        })),
      tie('formula').map(({ text, holds }): Formula => ({
        text: `(not ${text})`,
        holds: (x, y) => !holds(x, y),
      })),
      fc.constantFrom('true', 'false').map((text): Formula => ({ text, holds: () => text === 'true' })),
    ),
  }));
  const names = ['X_0', 'X_1', 'Y_0', 'Y_1'];
  const tensors =
    '(vnnlib-version <2.0>)(declare-network N (declare-input X Real [1,2])(declare-output Y Real [2]))';

  it('holds the points that the formulas hold, in both versions', () => {
    const steps = [-2, -1, 0, 1, 2];
    const points = steps.flatMap((a) => steps.map((b) => [a, b]));
    fc.assert(
      fc.property(fc.array(formula, { minLength: 1, maxLength: 2 }), fc.boolean(), (formulas, second) => {
        const body = ['(and (<= -3 X_0 3) (<= -3 X_1 3) (<= Y_0 50))', ...formulas.map(({ text }) => text)]
          .map((text) => `(assert ${text})`)
          .join('\n');
        const text = second
          ? tensors + body.replaceAll(/X_(\d)/g, 'X[0,$1]').replaceAll(/Y_(\d)/g, 'Y[$1]')
          : names.map((name) => `(declare-const ${name} Real)`).join('') + body;
        const { sets } = readVnnlib(text);
        expect(new Set(sets.map(({ lower, upper }) => `${lower.join()} ${upper.join()}`)).size).toBe(
          sets.length,
        );
        for (const x of points)
          for (const y of points) {
            const found = sets.some(
              ({ lower, upper, unsafe }) =>
                x.every((v, i) => lower[i] <= v && v <= upper[i]) &&
                unsafe.some((rows) =>
                  rows.every(({ coefficients: [a, b], bound }) => a * y[0] + b * y[1] <= bound),
                ),
            );
            expect(found).toBe(formulas.every((f) => f.holds(x, y)));
          }
      }),
      { numRuns: 100 },
    );
  });

  it('encloses numbers between neighbours of f64', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(enclose(rationalOf(x))).toEqual([x + 0, x + 0]);
        expect(enclose(decimal(`${x}`)!).some((end) => end === x)).toBe(true);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt(), fc.bigInt({ min: 1n }), fc.integer({ min: -1080, max: 1080 }), (n, d, e) => {
        const value = e < 0 ? { n, d: d << BigInt(-e) } : { n: n << BigInt(e), d };
        const [below, above] = enclose(value);
        if (Math.abs(below) > 1e308 || Math.abs(above) > 1e308) return;
        expect(isLess(value, rationalOf(below)) || isLess(rationalOf(above), value)).toBe(false);
        if (below !== above) {
          const middle = below / 2 + above / 2;
          expect(middle === below || middle === above).toBe(true);
        }
      }),
    );
  });

  const small = (rest: string) => () =>
    readVnnlib(
      `${names.map((name) => `(declare-const ${name} Real)`).join('')}(assert (<= 0 X_0 X_0 1))${rest}`,
    );
  it.each([
    ['(assert (<= 0 X_1 1))(assert (<= Y_0 (* Y_0 Y_1)))', 'property-unknown'],
    ['(assert (<= 0 X_1 1))(assert (<= (* 2 Y_0) X_0))', 'input-relations'],
    ['(assert (<= 0 X_1 X_0))(assert (<= Y_0 1))', 'input-relations'],
    ['(assert (<= 0 X_1))(assert (<= Y_0 1))', 'property-unknown'],
    ['(assert (<= 0 X_1 1))', 'property-unknown'],
    ['(assert (<= 0 X_1 1))(assert (<= Y_2 1))', 'property-malformed'],
    ['(assert (<= 0 X_1 1e99999))(assert (<= Y_0 1))', 'too-large'],
    ['(assert (<= 0 X_1 1))(assert (<= Y_0 1)', 'property-malformed'],
    ['(assert (<= 0 X_1 1)) ; a\r(assert (<= Y_0 1))', 'property-malformed'],
    ['(assert (<= 0 X_1 1))(assert (<= Y_0 (/ 1 0)))', 'property-unknown'],
    [`(assert (<= 0 X_1 1))(assert ${'(not '.repeat(5000)}(<= Y_0 1)${')'.repeat(5000)})`, 'too-large'],
    [`(assert (<= 0 X_1 1))${'(assert (or (<= Y_0 1) (<= Y_1 1)))'.repeat(20)}`, 'too-large'],
    [`(assert (<= 0 X_1 1))(assert (and ${'(or (<= Y_0 1) (<= Y_1 1))'.repeat(20)}))`, 'too-large'],
    ['(declare-const X_7 Real)', 'property-malformed'],
    ['(check-sat)', 'property-unknown'],
  ])('%s fails by name', (text, kind) => {
    expect(outcome(small(text))).toBe(kind);
  });

  it('cut off or changed anywhere is read, or fails by name', () => {
    const text = `${names.map((name) => `(declare-const ${name} Real)`).join('\n')}
      (assert (and (<= 0 X_0 1) (<= -1e-1 X_1 (/ 3 4)))) ; a comment
      (assert (or (<= Y_0 Y_1) (and (not (< Y_1 2.5)) (== (* 2 Y_0) 1))))`;
    fc.assert(
      fc.property(
        fc.nat(text.length),
        fc.nat(text.length),
        fc.string({ maxLength: 2 }),
        (from, size, other) => {
          outcome(() => readVnnlib(text.slice(0, from) + other + text.slice(from + (size % 3))));
          outcome(() => readVnnlib(text.slice(0, from)));
        },
      ),
      { numRuns: 1000 },
    );
  });
});
