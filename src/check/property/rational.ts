/** @file Fractions of big integers, decimals as they are written, and the f64 numbers around them. */
import { CheckFailure } from '../failure.ts';

/** n/d, d > 0, not in lowest terms. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

export const zero: Rational = { n: 0n, d: 1n };
export const one: Rational = { n: 1n, d: 1n };
export const minusOne: Rational = { n: -1n, d: 1n };

/** Digits and exponents, at most; and bits of what is computed from them. */
const maxDigits = 1000;
const maxBits = 20_000n;

function checked(n: bigint, d: bigint): Rational {
  if (d >> maxBits || (n < 0n ? -n : n) >> maxBits)
    throw new CheckFailure('too-large', 'Numbers of the property take too many digits.');
  return { n, d };
}

export function add(a: Rational, b: Rational): Rational {
  if (a.d % b.d === 0n) return checked(a.n + b.n * (a.d / b.d), a.d);
  return b.d % a.d === 0n ? add(b, a) : checked(a.n * b.d + b.n * a.d, a.d * b.d);
}

export const multiply = (a: Rational, b: Rational): Rational => checked(a.n * b.n, a.d * b.d);
/** @param b not 0 */
export const divide = (a: Rational, b: Rational): Rational =>
  multiply(a, b.n < 0n ? { n: -b.d, d: -b.n } : { n: b.d, d: b.n });
/** Whether a < b. */
export const isLess = (a: Rational, b: Rational): boolean => a.n * b.d < b.n * a.d;

/** A decimal such as `-1.5e-3`; undefined where the text is none. @throws CheckFailure too-large */
export function decimal(text: string): Rational | undefined {
  const [, sign, whole = '', part = '', power = '0'] =
    /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (sign === undefined || whole + part === '') return undefined;
  if (text.length > maxDigits || Math.abs(Number(power)) > maxDigits)
    throw new CheckFailure('too-large', `A number has more than ${maxDigits} digits.`);
  const value = BigInt(sign + whole + part);
  const places = BigInt(Number(power) - part.length);
  return places < 0n ? { n: value, d: 10n ** -places } : { n: value * 10n ** places, d: 1n };
}

/** A decimal or a quotient of two, such as `2/255`. @throws CheckFailure property-fields */
export function quotient(text: string): Rational {
  const parts = text.split('/').map(decimal);
  const [top, bottom = one] = parts;
  if (parts.length > 2 || parts.includes(undefined) || top === undefined || bottom.n === 0n)
    throw new CheckFailure('property-fields', `'${text.slice(0, 40)}' is no number.`);
  return divide(top, bottom);
}

/** A finite f64 number. */
export function rationalOf(x: number): Rational {
  let [mantissa, d] = [x, 1n];
  for (; !Number.isInteger(mantissa); d *= 2n) mantissa *= 2;
  return { n: BigInt(mantissa), d };
}

/** The greatest f64 number that is not above, and the least that is not below: one number where f64 holds it. */
export function enclose({ n, d }: Rational): readonly [below: number, above: number] {
  if (n === 0n) return [0, 0];
  if (n < 0n) {
    const [below, above] = enclose({ n: -n, d });
    return [-above, -below];
  }
  const bits = (x: bigint): number => x.toString(2).length;
  // n/d lies in (2^(exponent+52), 2^(exponent+54)).
  let exponent = Math.max(bits(n) - bits(d) - 53, -1074);
  const scaled = (): readonly [bigint, bigint] =>
    exponent < 0 ? [n << BigInt(-exponent), d] : [n, d << BigInt(exponent)];
  let [top, bottom] = scaled();
  if (top / bottom >= 1n << 53n) {
    exponent++;
    [top, bottom] = scaled();
  }
  if (exponent > 971) return [Number.MAX_VALUE, Infinity];
  const whole = top / bottom;
  return [Number(whole) * 2 ** exponent, Number(whole * bottom === top ? whole : whole + 1n) * 2 ** exponent];
}
