/** @file Seeded random numbers: one generator and its independent forks. */
import { createHash } from 'node:crypto';

/** A seeded stream of random numbers. Equal seeds give equal streams on every machine. */
export interface Rng {
  /** Uniform in [0, 1) with 53 random bits. */
  next(): number;
  /** Uniform in [lo, hi). */
  uniform(lo: number, hi: number): number;
  /** Standard normal (Box-Muller, one value per two uniforms). */
  normal(): number;
  /** Uniform integer in 0..n-1, unbiased. n is an integer in 1..2^32; anything else is a RangeError. */
  integer(n: number): number;
  /** Uniformly random order of 0..n-1 (Fisher-Yates). */
  permutation(n: number): Int32Array;
  /**
   * An independent stream that depends on this generator's seed and the label alone, not on how much was
   * drawn: `rng.fork('shuffle/3')` is the same before and after any other use of `rng`.
   */
  fork(label: string): Rng;
  /** Fills `out` with uniform values of [lo, hi] (32 random bits each, rounded to the array's precision). */
  fillUniform<A extends Float32Array | Float64Array>(out: A, lo: number, hi: number): A;
  /** Fills `out` with normal values of the given mean (default 0) and standard deviation (default 1). */
  fillNormal<A extends Float32Array | Float64Array>(out: A, mean?: number, std?: number): A;
}

/**
 * A new generator. A number and its decimal text are the same seed. The core is xoshiro128** (Blackman and
 * Vigna, "Scrambled linear pseudorandom number generators", 2021), its state taken from SHA-256 of the seed.
 */
export function createRng(seed: number | string): Rng {
  return streamOf(sha256(`certprune ${String(seed)}`));
}

const TWO_32 = 2 ** 32;

/** @param key 64 hexadecimal digits (SHA-256 of seed and labels), of which the first half is the state's four words */
function streamOf(key: string): Rng {
  let [a, b, c, d] = [0, 8, 16, 24].map((at) => Number.parseInt(key.slice(at, at + 8), 16) | 0) as [
    number,
    number,
    number,
    number,
  ];

  function bits(): number {
    const s = Math.imul(b, 5);
    const result = Math.imul((s << 7) | (s >>> 25), 9) >>> 0;
    const t = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= t;
    d = (d << 11) | (d >>> 21);
    return result;
  }

  function next(): number {
    return ((bits() >>> 5) * 67108864 + (bits() >>> 6)) / 9007199254740992;
  }

  function normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - next()));
    return radius * Math.cos(2 * Math.PI * next());
  }

  function integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > TWO_32) {
      throw new RangeError(`integer(n) wants a whole number n in 1..2^32, got ${n}`);
    }
    // Values beyond the last whole multiple of n would favour small remainders; draw again instead.
    const limit = TWO_32 - (TWO_32 % n);
    let value = bits();
    while (value >= limit) value = bits();
    return value % n;
  }

  return {
    next,
    uniform: (lo, hi) => lo + (hi - lo) * next(),
    normal,
    integer,
    permutation(n) {
      const order = new Int32Array(n);
      for (let i = 0; i < n; i++) order[i] = i;
      for (let i = n - 1; i > 0; i--) {
        const j = integer(i + 1);
        const swap = order[i];
        order[i] = order[j]!;
        order[j] = swap;
      }
      return order;
    },
    fork: (label) => streamOf(sha256(`${key}/${label}`)),
    fillUniform(out, lo, hi) {
      const scale = (hi - lo) / TWO_32;
      for (let i = 0; i < out.length; i++) out[i] = lo + scale * bits();
      return out;
    },
    fillNormal(out, mean = 0, std = 1) {
      for (let i = 0; i < out.length; i += 2) {
        const radius = std * Math.sqrt(-2 * Math.log(1 - next()));
        const angle = 2 * Math.PI * next();
        out[i] = mean + radius * Math.cos(angle);
        if (i + 1 < out.length) out[i + 1] = mean + radius * Math.sin(angle);
      }
      return out;
    },
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
