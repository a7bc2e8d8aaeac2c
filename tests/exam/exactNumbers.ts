/** @file Rational numbers for truths of the exam, and decimals read as they are written. */

/** n/d, d > 0. */
export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? (a < 0n ? -a : a) : gcd(b, a % b));

export function rational(n: bigint, d = 1n): Rational {
  const common = gcd(n, d) * (d < 0n ? -1n : 1n);
  return { n: n / common, d: d / common };
}

/** A decimal numeral such as `-1.5e-7`. */
export function decimal(text: string): Rational {
  const [, sign, whole, part = '', power = '0'] = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const digits = BigInt(sign + (whole + part || '0'));
  const places = BigInt(power) - BigInt(part.length);
  return places >= 0n ? rational(digits * 10n ** places) : rational(digits, 10n ** -places);
}

/** An f64 number: its shortest decimal has its value only to half a unit, so the bits are read. */
export function double(x: number): Rational {
  let [value, scale] = [x, 1n];
  while (!Number.isInteger(value)) [value, scale] = [value * 2, scale * 2n];
  return rational(BigInt(value), scale);
}

export const plus = (a: Rational, b: Rational): Rational => rational(a.n * b.d + b.n * a.d, a.d * b.d);
export const times = (a: Rational, b: Rational): Rational => rational(a.n * b.n, a.d * b.d);
export const less = (a: Rational, b: Rational): boolean => a.n * b.d < b.n * a.d;
export const toNumber = ({ n, d }: Rational): number => Number((n * 10n ** 30n) / d) / 1e30;
export const zero = rational(0n);
