/** @file Fractions of big integers, decimals as they are written, and the f64 numbers around them. */
import { CheckFailure } from '../failure.ts';

/** n/d, d > 0, not in lowest terms. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

export const zero: Rational = { n: 0n, d: 1n };
export const one: Rational = { n: 1n, d: 1n };

/** Digits and exponents, at most; and bits of what is computed from them. */
const maxDigits = 1000;
const maxBits = 20_000n;

function checked(n: bigint, d: bigint): Rational {
  if (d < 0n) return checked(-n, -d);
  if (d >> maxBits || (n < 0n ? -n : n) >> maxBits)
    throw new CheckFailure('too-large', 'Numbers of the property take too many digits.');
  return { n, d };
}

export function add(a: Rational, b: Rational): Rational {
  if (a.d % b.d === 0n) return checked(a.n + b.n * (a.d / b.d), a.d);
  return b.d % a.d === 0n ? add(b, a) : checked(a.n * b.d + b.n * a.d, a.d * b.d);
}

export const multiply = (a: Rational, b: Rational): Rational => checked(a.n * b.n, a.d * b.d);
export const negate = ({ n, d }: Rational): Rational => ({ n: -n, d });
/** @param b not 0 */
export const divide = (a: Rational, b: Rational): Rational => checked(a.n * b.d, a.d * b.n);
/** Whether a < b. */
export const isLess = (a: Rational, b: Rational): boolean => a.n * b.d < b.n * a.d;

const numeral = /^([+-]?)(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?$/;

/** A decimal such as `-1.5e-3`; undefined where the text is none. @throws CheckFailure too-large */
export function decimal(text: string): Rational | undefined {
  const [, sign, digits, power = '0'] = numeral.exec(text) ?? [];
  if (digits === undefined) return undefined;
  if (text.length > maxDigits || Math.abs(Number(power)) > maxDigits)
    throw new CheckFailure('too-large', `A number has more than ${maxDigits} digits.`);
  const [whole, part = ''] = digits.split('.');
  const value = BigInt(sign + (whole + part || '0'));
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
  let exponent = 0n;
  let mantissa = x;
  for (; !Number.isInteger(mantissa); exponent++) mantissa *= 2;
  return { n: BigInt(mantissa), d: 1n << exponent };
}

/** Of a positive number. */
function bits(x: bigint): number {
  const digits = x.toString(16);
  return 4 * digits.length - Math.clz32(parseInt(digits[0], 16)) + 28;
}

/** The greatest f64 number that is not above, and the least that is not below: one number where f64 holds it. */
export function enclose({ n, d }: Rational): readonly [below: number, above: number] {
  if (n === 0n) return [0, 0];
  if (n < 0n) {
    const [below, above] = enclose({ n: -n, d });
    return [-above, -below];
  }
  // n/d lies in (2^(exponent+52), 2^(exponent+54)).
  let exponent = Math.max(bits(n) - bits(d) - 53, -1074);
  let [scaled, unit] = [0n, 0n];
  const scale = (): void => {
    scaled = exponent < 0 ? n << BigInt(-exponent) : n;
    unit = exponent < 0 ? d : d << BigInt(exponent);
  };
  scale();
  if (scaled / unit >= 1n << 53n) {
    exponent++;
    scale();
  }
  const whole = scaled / unit;
  const isExact = whole * unit === scaled;
  if (exponent > 971) return [Number.MAX_VALUE, Infinity];
  return [Number(whole) * 2 ** exponent, Number(isExact ? whole : whole + 1n) * 2 ** exponent];
}
