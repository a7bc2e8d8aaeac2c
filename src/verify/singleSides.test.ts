import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sequential } from '../nn/zoo/sequential.ts';
import { createVerifier } from './pipeline.ts';
import { prepareNetwork } from './prepare.ts';
import { nextSingle, roundInto, withSingleSides } from './singleSides.ts';

const single = fc.float({ noNaN: true, min: -(2 ** 90), max: 2 ** 90, noDefaultInfinity: true });
const double = fc.double({ noNaN: true, min: -1e30, max: 1e30, noDefaultInfinity: true });

describe('numbers of single precision', () => {
  it('have a successor with nothing between', () => {
    fc.assert(
      fc.property(single, (x) => {
        const next = nextSingle(x);
        expect(next).toBeGreaterThan(x);
        expect(Math.fround(next)).toBe(next);
        const near = Math.fround(x + (next - x) / 2);
        expect([x, next].some((end) => end === near)).toBe(true);
      }),
    );
    expect(nextSingle(-0)).toBe(2 ** -149);
  });

  it('are found in an interval wherever there is one', () => {
    fc.assert(
      fc.property(
        single,
        double,
        double,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (held, x, wide, share) => {
          const narrow = Math.abs(nextSingle(held) - held);
          const low = held - share * Math.min(narrow, Math.abs(wide));
          const high = held + (1 - share) * Math.min(narrow, Math.abs(wide));
          const value = roundInto(x, low, high);
          expect(value).toBeGreaterThanOrEqual(low);
          expect(value).toBeLessThanOrEqual(high);
          expect(Math.fround(value)).toBe(value);
        },
      ),
    );
  });
});

describe('sides without such numbers', () => {
  it('are extended by less than a unit in the last place; others stay', () => {
    fc.assert(
      fc.property(double, double, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        const spec = { lower: Float64Array.of(a, low), upper: Float64Array.of(a, high) };
        const found = withSingleSides(spec);
        if (Math.fround(high) >= low && Math.fround(high) <= high) expect(found.upper[1]).toBe(high);
        const near = Math.fround(a);
        expect(found.lower[0]).toBe(Math.min(near, a));
        expect(found.upper[0]).toBe(Math.max(near, a));
        expect(found.upper[0] - found.lower[0]).toBeLessThan(nextSingle(Math.abs(near)) - Math.abs(near));
        expect(withSingleSides(found)).toBe(found);
      }),
    );
  });

  it('leave counterexamples and proofs possible', async () => {
    const network = sequential('net', [2]).linear(2).build();
    const fc0 = network.layers[0].name;
    const numbers = {
      [`${fc0}.weight`]: Float32Array.of(1, 1, 0, 1),
      [`${fc0}.bias`]: new Float32Array(2),
    };
    const { verify } = await createVerifier(prepareNetwork({ network, numbers }), { threads: 1 });
    const sides = { lower: Float64Array.of(0.1, 0.2), upper: Float64Array.of(0.1, 0.2 + 1e-12) };
    const unsafe = (bound: number) => [[{ coefficients: Float64Array.of(1, 0), bound }]];
    const sat = await verify({ ...sides, unsafe: unsafe(0.3001) });
    expect(sat.verdict).toMatchObject({
      kind: 'falsified',
      witness: { input: Float32Array.of(Math.fround(0.1), Math.fround(0.2)) },
    });
    const unsat = await verify({ ...sides, unsafe: unsafe(0.2999) });
    expect(unsat.verdict.kind).toBe('verified');
  });
});
