/** @file Numbers of a property as they are written: decimals and what sums, products and quotients make of them. */

/** n/d, d > 0. */
export interface Fraction {
  readonly n: bigint;
  readonly d: bigint;
}

/** An f64 number meant exactly, or a fraction with the f64 number nearest to it. */
export type Exact = number | { readonly value: number; readonly fraction: () => Fraction };

/** The nearest f64 number. */
export const nearest = (x: Exact): number => (typeof x === 'number' ? x : x.value);

/** Decimal digits and exponents of a numeral, at most; f64 has exponents of 308. */
export const maxDigits = 1000;
/** Numerators and denominators that may be computed with. */
const mostSize = 2n ** 8192n;

const gcd = (a: bigint, b: bigint): bigint => {
  let [x, y] = [a < 0n ? -a : a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
};

/** In lowest terms only where it would become long: that takes far more time than all else. */
function tidy(n: bigint, d: bigint): Fraction {
  const [top, bottom] = d < 0n ? [-n, -d] : [n, d];
  if (bottom < mostSize && top < mostSize && top > -mostSize) return { n: top, d: bottom };
  const common = gcd(top, bottom);
  return { n: top / common, d: bottom / common };
}

const isLong = ({ n, d }: Fraction): boolean => n >= mostSize || n <= -mostSize || d >= mostSize;

/** An f64 number as a fraction. @param x finite */
export function fractionOfNumber(x: number): Fraction {
  let exponent = 0;
  let mantissa = x;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2 ** 32;
    exponent += 32;
  }
  return exponent === 0 ? { n: BigInt(mantissa), d: 1n } : { n: BigInt(mantissa), d: 2n ** BigInt(exponent) };
}

export const fractionOf = (x: Exact): Fraction =>
  typeof x === 'number' ? fractionOfNumber(x) : x.fraction();

/** Sign of a − b. */
export function compareFractions(a: Fraction, b: Fraction): number {
  const [left, right] = [a.n * b.d, b.n * a.d];
  return left < right ? -1 : left > right ? 1 : 0;
}

export function addFractions(a: Fraction, b: Fraction): Fraction {
  if (a.d === b.d) return tidy(a.n + b.n, a.d);
  // Decimals and numbers of base 2 mostly have one denominator that the other divides.
  if (a.d % b.d === 0n) return tidy(a.n + b.n * (a.d / b.d), a.d);
  if (b.d % a.d === 0n) return tidy(a.n * (b.d / a.d) + b.n, b.d);
  return tidy(a.n * b.d + b.n * a.d, a.d * b.d);
}

export const multiplyFractions = (a: Fraction, b: Fraction): Fraction => tidy(a.n * b.n, a.d * b.d);

const bitLength = (x: bigint): number => x.toString(16).length * 4;

/** The f64 number nearest to a fraction; infinite where it is too large. */
export function numberOfFraction({ n, d }: Fraction): number {
  if (n === 0n) return 0;
  const size = n < 0n ? -n : n;
  // A quotient of 64 bits and more, its last one saying whether anything was left: one rounding.
  const shift = bitLength(d) - bitLength(size) + 68;
  const [top, bottom] = shift >= 0 ? [size << BigInt(shift), d] : [size, d << BigInt(-shift)];
  const quotient = top / bottom;
  const sticky = top % bottom === 0n ? quotient : quotient | 1n;
  const half = Math.trunc(shift / 2);
  const value = Number(sticky) * 2 ** -half * 2 ** -(shift - half);
  return n < 0n ? -value : value;
}

/** @returns undefined where it takes too many digits, or is beyond f64 */
function fromFraction(fraction: Fraction): Exact | undefined {
  if (isLong(fraction)) return undefined;
  const value = numberOfFraction(fraction);
  if (!Number.isFinite(value)) return undefined;
  if (compareFractions(fractionOfNumber(value), fraction) === 0) return value;
  return { value, fraction: () => fraction };
}

const numeral = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/;

/**
 * A decimal numeral.
 * @returns undefined where it has too many digits or too large an exponent to be computed with
 */
export function exactNumeral(text: string): Exact | undefined {
  const value = Number(text);
  const [, sign, whole, part, power = '0'] = numeral.exec(text)!;
  const exponent = Number(power);
  if (whole.length + part.length > maxDigits || Math.abs(exponent) > maxDigits) return undefined;
  if (whole.length + part.length <= 15 && exponent === 0) {
    // N/10ᵐ is a number of base 2 just where 5ᵐ divides N.
    if (Number(whole + part) % 5 ** part.length === 0) return value;
  }
  let known: Fraction | undefined;
  return {
    value,
    fraction() {
      const digits = BigInt(whole + part) * (sign === '-' ? -1n : 1n);
      const places = exponent - part.length;
      known ??=
        places >= 0 ? { n: digits * 10n ** BigInt(places), d: 1n } : { n: digits, d: 10n ** BigInt(-places) };
      return known;
    },
  };
}

const isZero = (x: Exact): boolean => x === 0;

export const negate = (x: Exact): Exact =>
  typeof x === 'number'
    ? 0 - x
    : {
        value: -x.value,
        fraction() {
          const { n, d } = x.fraction();
          return { n: -n, d };
        },
      };

/** @returns undefined where the sum takes too many digits */
export function add(a: Exact, b: Exact): Exact | undefined {
  if (isZero(a)) return b;
  if (isZero(b)) return a;
  return fromFraction(addFractions(fractionOf(a), fractionOf(b)));
}

/** @returns undefined where the product takes too many digits */
export function multiply(a: Exact, b: Exact): Exact | undefined {
  if (a === 1) return b;
  if (b === 1) return a;
  if (a === -1) return negate(b);
  if (b === -1) return negate(a);
  return fromFraction(multiplyFractions(fractionOf(a), fractionOf(b)));
}

/** @returns undefined for 0, and where it is beyond f64 */
export function inverse(x: Exact): Exact | undefined {
  const { n, d } = fractionOf(x);
  if (n === 0n) return undefined;
  return fromFraction(n < 0n ? { n: -d, d: -n } : { n: d, d: n });
}

/** @returns undefined for a division by 0, and where the quotient is beyond f64 */
export function quotient(a: Exact, b: Exact): Exact | undefined {
  if (b === 1) return a;
  if (b === -1) return negate(a);
  const by = inverse(b);
  return by === undefined ? undefined : multiply(a, by);
}
