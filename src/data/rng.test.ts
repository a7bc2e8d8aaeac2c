/** @file Tests of the seeded generator. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from './rng.ts';

const draw = (rng: { next(): number }, n: number) => Array.from({ length: n }, () => rng.next());

/** Largest distance between the empirical distribution of `values` and the uniform one (Kolmogorov-Smirnov). */
function distanceFromUniform(values: number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  return Math.max(
    ...sorted.map((v, i) => Math.max(Math.abs(v - i / sorted.length), Math.abs(v - (i + 1) / sorted.length))),
  );
}

describe('createRng', () => {
  it('keeps its sequence from version to version', () => {
    const rng = createRng(0);
    expect([...draw(rng, 3), rng.normal(), rng.integer(1000), [...rng.permutation(8)]])
      .toMatchInlineSnapshot(`
      [
        0.29699789845577196,
        0.29991929268890116,
        0.7431747049018465,
        -0.26375687881397236,
        338,
        [
          1,
          5,
          6,
          7,
          3,
          2,
          4,
          0,
        ],
      ]
    `);
  });

  it('is xoshiro128** of the words of SHA-256', () => {
    const key = createHash('sha256').update('certprune 5').digest('hex');
    const rotl = (x: number, n: number): number => ((x << n) | (x >>> (32 - n))) >>> 0;
    const s = [0, 1, 2, 3].map((i) => Number.parseInt(key.slice(8 * i, 8 * i + 8), 16));
    // As published: https://prng.di.unimi.it/xoshiro128starstar.c
    const words = Array.from({ length: 8 }, () => {
      const result = Math.imul(rotl(Math.imul(s[1], 5), 7), 9) >>> 0;
      const t = s[1] << 9;
      s[2] ^= s[0];
      s[3] ^= s[1];
      s[1] ^= s[2];
      s[0] ^= s[3];
      s[2] ^= t;
      s[3] = rotl(s[3], 11);
      return result;
    });
    expect([...createRng(5).fillUniform(new Float64Array(8), 0, 2 ** 32)]).toEqual(words);
  });

  it('gives the same stream for equal seeds and other streams for other seeds', () => {
    expect(draw(createRng(7), 5)).toEqual(draw(createRng('7'), 5));
    expect(draw(createRng(7), 5)).not.toEqual(draw(createRng(8), 5));
  });

  it('is uniform in [0, 1)', () => {
    const values = draw(createRng('uniform'), 20000);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThan(1);
    expect(distanceFromUniform(values) * Math.sqrt(values.length)).toBeLessThan(1.95);
  });

  it('draws normal values of mean 0 and variance 1', () => {
    for (const values of [
      Float64Array.from(
        { length: 40001 },
        (
          (rng) => () =>
            rng.normal()
        )(createRng(1)),
      ),
      createRng(2).fillNormal(new Float64Array(40001)),
    ]) {
      const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
      const moment = (p: number) => values.reduce((sum, v) => sum + v ** p, 0) / values.length;
      expect(Math.abs(mean)).toBeLessThan(0.02);
      expect(moment(2)).toBeCloseTo(1, 1);
      expect(moment(4)).toBeGreaterThan(2.8);
      expect(moment(4)).toBeLessThan(3.2);
    }
  });

  it('fills arrays within their limits', () => {
    const values = createRng(3).fillUniform(new Float32Array(10000), -2, 6);
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...values)).toBeLessThanOrEqual(6);
    expect(values.reduce((sum, v) => sum + v, 0) / values.length).toBeCloseTo(2, 0);
  });

  it('draws every integer equally often', () => {
    const rng = createRng(4);
    const counts = new Array<number>(7).fill(0);
    for (let i = 0; i < 14000; i++) counts[rng.integer(7)]++;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
    expect(() => rng.integer(0)).toThrow(RangeError);
  });

  it('permutes', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(200), (seed, n) => {
        const order = createRng(seed).permutation(n);
        expect([...order].toSorted((x, y) => x - y)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });
});

describe('fork', () => {
  it('does not depend on what was drawn before', () => {
    const used = createRng(5);
    draw(used, 100);
    expect(draw(used.fork('shuffle/3'), 4)).toEqual(draw(createRng(5).fork('shuffle/3'), 4));
  });

  it('gives streams that have nothing to do with each other', () => {
    const rng = createRng(5);
    const streams = [rng, rng.fork('a'), rng.fork('b'), rng.fork('a').fork('b'), rng.fork('a/b')].map((r) =>
      draw(r, 5000),
    );
    for (let i = 0; i < streams.length; i++) {
      for (let j = 0; j < i; j++) {
        const products = streams[i].map((v, k) => (v - 0.5) * (streams[j][k] - 0.5) * 12);
        const correlation = products.reduce((sum, v) => sum + v, 0) / products.length;
        expect(Math.abs(correlation)).toBeLessThan(0.06);
      }
    }
  });
});
