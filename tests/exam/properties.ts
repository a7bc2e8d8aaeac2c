/** @file The family of properties: random nested formulas over inputs and outputs against brute-force evaluation. */
import type { Rng } from '../../src/data/rng.ts';
import { ask, printedWitness } from './asking.ts';
import { decimal, less, plus, rational, times, toNumber, zero, type Rational } from './exactNumbers.ts';
import type { ExamFamily, Outcome } from './family.ts';
import { networkOf, outputsAt, type Affine } from './reluNetworks.ts';

/** Values of variables by name. */
type Values = ReadonlyMap<string, Rational>;

/** A formula: its text, its truth, and the differences (left − right) of its comparisons, where it changes. */
interface Formula {
  readonly text: string;
  readonly holds: (values: Values) => boolean;
  readonly differences: readonly ((values: Values) => Rational)[];
}

/** A function of the line that all inputs depend on: one input s itself, or two of which s is the difference. */
interface Subject {
  readonly layers: readonly Affine[];
  /** Text of what stands for s on the input side, and its value. */
  readonly s: string;
  readonly sOf: (values: Values) => Rational;
  /** Values of all variables at s. */
  readonly at: (s: Rational) => Values;
  readonly box: string;
}

const one = rational(1n);
const minus = (a: Rational, b: Rational): Rational => plus(a, times(rational(-1n), b));
const pick = <T>(rng: Rng, from: readonly T[]): T =>
  from[Math.min(from.length - 1, Math.floor(rng.uniform(0, from.length)))];
const integer = (rng: Rng, low: number, high: number): number => Math.floor(rng.uniform(low, high + 1));

/** Small integers and eighths: every f32 operation near their kinks is exact or nearly so. */
function randomSubject(rng: Rng): Subject {
  const weight = (): number => integer(rng, -3, 3);
  const bias = (): number => integer(rng, -8, 8) / 8;
  const hidden = integer(rng, 2, 4);
  const slopes = Array.from({ length: hidden }, weight);
  const two = rng.uniform(0, 1) < 0.5;
  const layers: Affine[] = [
    { weight: slopes.map((w) => (two ? [w, -w] : [w])), bias: slopes.map(bias) },
    { weight: [0, 1].map(() => Array.from({ length: hidden }, weight)), bias: [bias(), bias()] },
  ];
  const values = (inputs: Rational[]): Values => {
    const outputs = outputsAt(layers, inputs);
    return new Map([
      ...inputs.map((v, i) => [`X_${i}`, v] as const),
      ...outputs.map((v, i) => [`Y_${i}`, v] as const),
    ]);
  };
  if (!two)
    return {
      layers,
      s: 'X_0',
      sOf: (v) => v.get('X_0')!,
      at: (s) => values([s]),
      box: '(declare-const X_0 Real)(assert (and (>= X_0 -1) (<= X_0 1)))',
    };
  return {
    layers,
    s: '(- X_0 X_1)',
    sOf: (v) => minus(v.get('X_0')!, v.get('X_1')!),
    at: (s) => values(less(s, zero) ? [zero, times(rational(-1n), s)] : [s, zero]),
    box: '(declare-const X_0 Real)(declare-const X_1 Real)(assert (and (<= 0 X_0 1) (>= 1 X_1 0)))',
  };
}

const operators = ['<=', '<', '>=', '>'] as const;

function comparison(rng: Rng, subject: Subject): Formula {
  const operator = pick(rng, operators);
  const bound = pick(rng, [`${integer(rng, -8, 8) / 8}`, `${integer(rng, -20, 20) / 10}`, '(/ 1 3)']);
  const right = bound.startsWith('(') ? rational(1n, 3n) : decimal(bound);
  const [a, b] = [integer(rng, -2, 2) || 1, integer(rng, -2, 2)];
  const ofInputs = rng.uniform(0, 1) < 0.4;
  const left = (values: Values): Rational =>
    ofInputs
      ? subject.sOf(values)
      : plus(times(rational(BigInt(a)), values.get('Y_0')!), times(rational(BigInt(b)), values.get('Y_1')!));
  const difference = (values: Values): Rational => minus(left(values), right);
  return {
    text: `(${operator} ${ofInputs ? subject.s : `(+ (* ${a} Y_0) (* Y_1 ${b}))`} ${bound})`,
    holds(values) {
      const d = difference(values);
      if (operator === '<=') return !less(zero, d);
      if (operator === '<') return less(d, zero);
      if (operator === '>=') return !less(d, zero);
      return less(zero, d);
    },
    differences: [difference],
  };
}

function randomFormula(rng: Rng, subject: Subject, depth: number): Formula {
  if (depth === 0 || rng.uniform(0, 1) < 0.2) return comparison(rng, subject);
  if (rng.uniform(0, 1) < 0.15) {
    const inner = randomFormula(rng, subject, depth - 1);
    return { ...inner, text: `(not ${inner.text})`, holds: (values) => !inner.holds(values) };
  }
  const word = pick(rng, ['and', 'or']);
  const parts = Array.from({ length: integer(rng, 1, 3) }, () => randomFormula(rng, subject, depth - 1));
  return {
    text: `(${word} ${parts.map(({ text }) => text).join(' ')})`,
    holds: (values) =>
      word === 'and' ? parts.every((p) => p.holds(values)) : parts.some((p) => p.holds(values)),
    differences: parts.flatMap((p) => p.differences),
  };
}

/** Where affine functions of s, given on [low, high], vanish. */
function root(low: Rational, high: Rational, f: (s: Rational) => Rational): Rational[] {
  const [u, v] = [f(low), f(high)];
  if (!less(times(u, v), zero)) return [];
  const slope = minus(v, u);
  return [plus(low, times(times(rational(-1n), u), times(minus(high, low), rational(slope.d, slope.n))))];
}

const between = (points: Rational[]): Rational[] => {
  const sorted = points.toSorted((a, b) => (less(a, b) ? -1 : less(b, a) ? 1 : 0));
  return sorted.flatMap((p, i) => (i === 0 ? [p] : [times(plus(sorted[i - 1], p), rational(1n, 2n)), p]));
};

/**
 * Whether the formula holds anywhere for s in [−1, 1]: between the kinks of the neurons everything is affine in s, and
 * between the zeros of its comparisons no truth changes; one point of each piece and each border tells.
 * `robust`: somewhere within a piece, not at borders alone.
 */
function decide(subject: Subject, formula: Formula): 'sat' | 'borders' | 'unsat' {
  const [{ weight, bias }] = subject.layers;
  const ends = [rational(-1n), one];
  const kinks = weight
    .map(([w], n) => (w === 0 ? zero : rational(BigInt(-bias[n] * 8), BigInt(8 * w))))
    .filter((s) => less(ends[0], s) && less(s, one));
  const pieces = [...ends, ...kinks].toSorted((a, b) => (less(a, b) ? -1 : less(b, a) ? 1 : 0));
  const zeros = pieces
    .slice(1)
    .flatMap((high, i) =>
      formula.differences.flatMap((difference) => root(pieces[i], high, (s) => difference(subject.at(s)))),
    );
  const borders = [...pieces, ...zeros];
  const key = ({ n, d }: Rational): string => `${n}/${d}`;
  const known = new Set(borders.map(key));
  const holding = between(borders).filter((s) => formula.holds(subject.at(s)));
  if (holding.length === 0) return 'unsat';
  return holding.some((s) => !known.has(key(s))) ? 'sat' : 'borders';
}

/** Whether what is printed is a counterexample, by the numbers as they are printed. */
function faultOf(text: string, subject: Subject, formula: Formula): string | undefined {
  const printed = printedWitness(text);
  const values = new Map([...printed].map(([name, value]) => [name, decimal(value)]));
  const inputs = [...values].filter(([name]) => name.startsWith('X_')).map(([, value]) => value);
  if (inputs.some((v) => less(v, rational(-1n)) || less(one, v))) return 'outside the box';
  if (!formula.holds(values)) return 'the formula does not hold as printed';
  const exact = outputsAt(subject.layers, inputs);
  const off = exact.map((v, i) => Math.abs(toNumber(minus(v, values.get(`Y_${i}`)!))));
  return Math.max(...off) > 1e-5 ? `outputs are off by ${Math.max(...off)}` : undefined;
}

export const properties: ExamFamily = {
  name: 'properties',
  asks:
    'Random nested and, or and not over comparisons of inputs (also of two inputs with one another) and outputs, strict ' +
    'and not, with decimals and fractions, on networks of one hidden layer.',
  truth:
    'Networks depend on one number; its line is cut at every kink and wherever a comparison becomes an equality, in ' +
    'rational arithmetic, and every piece and border is evaluated. Counterexamples are evaluated as printed.',
  leastRight: { small: 12, full: 150 },
  async sit({ size, rng, signal, answered }) {
    const questions = size === 'small' ? 18 : 240;
    for (let q = 0; q < questions; q++) {
      signal.throwIfAborted();
      const own = rng.fork(`property ${q}`);
      const subject = randomSubject(own);
      const formula = randomFormula(own, subject, 3);
      const text = `${subject.box}(declare-const Y_0 Real)(declare-const Y_1 Real)
        (assert (<= Y_0 1000))(assert ${formula.text})`;
      const truth = decide(subject, formula);
      const found = await ask(networkOf(`property-${q}`, subject.layers), text, {
        timeoutSeconds: 5,
        seed: q,
        signal,
      });
      const fault = found.word === 'sat' ? faultOf(found.text, subject, formula) : undefined;
      const outcome = ((): Outcome => {
        if (fault) return 'wrong';
        if (found.word === 'unsat') return truth === 'unsat' ? 'right' : 'wrong';
        // A printed counterexample that holds by its own numbers stands, also where float32 made it.
        if (found.word === 'sat') return 'right';
        return 'open';
      })();
      answered({
        question: `property ${q}: ${formula.text}`,
        outcome,
        detail: `${found.word} by ${found.by}; ${truth} is true${fault ? `; ${fault}` : ''}`,
      });
    }
  },
};
