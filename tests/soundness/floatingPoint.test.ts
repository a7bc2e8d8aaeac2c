import { describe, expect, it } from 'vitest';
import { reluLines, compactLines } from '../../src/bounds/nonlinear/reluLines.ts';
import { soundLower } from '../../src/bounds/sound.ts';
import { roundDown, roundUp } from '../../src/bounds/roundUp.ts';
import { createRng } from '../../src/data/rng.ts';
import { compile } from '../../src/engine/compile.ts';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import { simplifyNetwork } from '../../src/nn/simplifyNetwork.ts';
import { float32 } from '../../src/tensor/index.ts';
import { taskAnswerer } from '../../src/verify/files/answerTask.ts';
import { chainOf } from '../exam/chainNetwork.ts';

const cases = sharedPath('cases');

describe.skipIf(!cases)('networks that break float reasoning are not proved', () => {
  const answerer = taskAnswerer();

  it.each([
    ['a lower bound that overflows', 'overflow/max.onnx', 'overflow/ge1.vnnlib'],
    ['an upper bound that overflows', 'overflow/max.onnx', 'overflow/le1.vnnlib'],
    ['intervals of 1e-33', 'tiny-intervals/net1.onnx', 'tiny-intervals/prop1.vnnlib'],
    ['the constant of the walk', 'floats/chainconst-unit-80.onnx', 'floats/chainconst-unit-80.vnnlib'],
    ['cancellation in a merge of matrices', 'floats/gemm2-bl-3e15.onnx', 'floats/gemm2-bl-3e15.vnnlib'],
    ['cancellation behind a ReLU', 'floats/relu2-bl.onnx', 'floats/relu2-bl.vnnlib'],
    ['a halved denormal weight', 'floats/half-denormal-1.onnx', 'floats/half-denormal-1.vnnlib'],
    ['absorption in a sum', 'floats/detect-gemm-200-0.1.onnx', 'floats/detect-gemm-200-0.1.vnnlib'],
    ['absorption in an addition', 'floats/addsub24.onnx', 'floats/addsub24.vnnlib'],
    [
      'a sum of intercepts',
      'floats/intercepts-pool-k64-110.0.onnx',
      'floats/intercepts-pool-k64-110.0.vnnlib.gz',
    ],
    ['systematic rounding', 'systematic-rounding/net.onnx', 'systematic-rounding/prop.vnnlib'],
  ])(
    '%s',
    async (_, onnx, vnnlib) => {
      const { result } = await answerer.answer({
        subject: { kind: 'onnx', path: `${cases}/${onnx}` },
        question: { kind: 'vnnlib', path: `${cases}/${vnnlib}` },
        // Wrong proofs were found at the root: a search that goes on says no more.
        limits: { timeoutSeconds: 4, threads: 1, choices: { maxDomains: 40 } },
      });
      expect(['sat', 'unknown', 'timeout']).toContain(result);
    },
    120_000,
  );
});

/** Ends l < 0 < u of all sizes that f32 has, denormal ones too. */
function ends(count: number): { lower: Float32Array; upper: Float32Array } {
  const rng = createRng('ends');
  const size = (): number => Math.fround(rng.uniform(1, 2) * 2 ** rng.uniform(-149, 126));
  return {
    lower: Float32Array.from({ length: count }, () => -size()),
    upper: Float32Array.from({ length: count }, size),
  };
}

describe('lines of ReLUs, as f32 computes them', () => {
  it.each([
    ['dense', reluLines],
    ['compact', compactLines],
  ] as const)('%s: are above both ends of any interval', async (_, lines) => {
    const count = 4096;
    const { lower, upper } = ends(count);
    const spec = float32([1, count]);
    const program = compile(
      (args) => {
        const { upperSlope, intercept } = lines(args);
        return { upperSlope, intercept };
      },
      { lower: spec, upper: spec },
      { threads: 1 },
    );
    const found = await program.run({ lower, upper });
    const slope = found.upperSlope.data as Float32Array;
    const intercept = found.intercept.data as Float32Array;
    for (let i = 0; i < count; i++) {
      expect(slope[i]).toBeGreaterThanOrEqual(0);
      expect(slope[i]).toBeLessThanOrEqual(1);
      // Products and sums of two f32 numbers are exact in f64 but for sums of very different sizes.
      expect(intercept[i]).toBeGreaterThanOrEqual(-slope[i] * lower[i]);
      expect(intercept[i]).toBeGreaterThanOrEqual((1 - slope[i]) * upper[i]);
    }
  });
});

it('an unstable ReLU has no slope of its own beside its variable, however near 0 it is', async () => {
  const count = 4096;
  const { lower, upper } = ends(count);
  const spec = float32([1, count]);
  const program = compile(compactLines, { lower: spec, upper: spec }, { threads: 1 });
  const { unstable, fixed } = await program.run({ lower, upper });
  expect(Array.from(fixed.data as Float32Array).filter((s, i) => s !== 0 && unstable.data[i] !== 0)).toEqual(
    [],
  );
});

describe('numbers that may be claimed', () => {
  it('are finite in all their parts', () => {
    expect(soundLower(2, 0.5, 1)).toBe(0.5);
    for (const [lower, rounding, against] of [
      [Infinity, 0, 0],
      [NaN, 0, 0],
      [1, Infinity, 0],
      [1, NaN, 0],
      [1, 0, -Infinity],
      [1, 0, NaN],
      [1, -1, 0],
    ])
      expect(soundLower(lower, rounding, against)).toBe(-Infinity);
  });

  it('are rounded outward', () => {
    const rng = createRng('round');
    for (let k = 0; k < 2000; k++) {
      const x = rng.uniform(-1, 1) * 2 ** rng.uniform(-160, 140);
      expect(roundUp(x)).toBeGreaterThanOrEqual(x);
      expect(roundDown(x)).toBeLessThanOrEqual(x);
      expect(Math.fround(roundUp(x))).toBe(roundUp(x));
    }
    expect(roundUp(1e-50)).toBe(2 ** -149);
    expect(roundUp(1e39)).toBe(Infinity);
    expect(roundDown(1e39)).toBe(Math.fround(3.4028234663852886e38));
  });
});

describe('layers are merged where f32 holds the result', () => {
  const kinds = (net: ReturnType<typeof chainOf>): number => simplifyNetwork(net).network.layers.length;

  it.each([
    ['a constant that is taken off again', chainOf([1], [{ shift: 2 ** 24 }, { shift: -(2 ** 24) }])],
    ['matrices whose product cancels', chainOf([1], [{ rows: [[1e9], [1e9], [1]] }, { rows: [[1, -1, 1]] }])],
    [
      'a bias that cancels',
      chainOf(
        [1],
        [
          { rows: [[1], [1]], bias: [1e12, -1e12] },
          { rows: [[1, 1]], bias: [1e-3] },
        ],
      ),
    ],
    ['products below the range', chainOf([1], [{ rows: [[1e-30]] }, { rows: [[1e-30]] }])],
    ['products beyond the range', chainOf([1], [{ rows: [[1e30]] }, { rows: [[1e30]] }])],
  ])('not: %s', (_, net) => {
    expect(kinds(net)).toBe(2);
  });

  it('else they are, with what they were made of', () => {
    const net = chainOf(
      [1],
      [{ rows: [[3], [-2]], bias: [1, 1] }, { scale: 2, shift: -1 }, { rows: [[1, 1]] }],
    );
    const { network, numbers } = simplifyNetwork(net);
    expect(network.layers).toHaveLength(1);
    const [{ name }] = network.layers;
    expect(Array.from(numbers[`${name}.weight`])).toEqual([2]);
    expect(Array.from(numbers[`${name}.weight.reach`])).toEqual([10]);
    expect(Array.from(numbers[`${name}.bias`])).toEqual([2]);
    expect(Array.from(numbers[`${name}.bias.reach`])).toEqual([6]);
  });
});
