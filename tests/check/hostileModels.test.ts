/** @file Models that ask for more than a machine has, whose meaning runtimes see otherwise, or that leave float formats. */
import { describe, expect, it } from 'vitest';
import { openCheck } from '../../src/check/session.ts';
import { CheckFailure } from '../../src/check/failure.ts';
import { readModel } from '../../src/check/files/readModel.ts';
import { compileGraph } from '../../src/check/graph/compile.ts';
import type { InputSet } from '../../src/check/property/property.ts';
import { createRng } from '../../src/data/rng.ts';
import { float, int, ints, modelBytes, node, whole, type ModelParts } from './models.testing.ts';

const graphOf = (parts: ModelParts) => compileGraph(readModel(modelBytes(parts, createRng('hostile'))));

const failureOf = (parts: ModelParts): string | undefined => {
  try {
    graphOf(parts);
    return undefined;
  } catch (error) {
    if (error instanceof CheckFailure) return error.kind;
    throw error;
  }
};

const padded = (pads: readonly number[]): ModelParts => ({
  input: [1, 1, 4],
  constants: { pads: whole(...pads) },
  nodes: [node('Pad', ['x', 'pads'], ['y'])],
});

describe('sizes beyond a machine are too-large at once', () => {
  const models: Readonly<Record<string, ModelParts>> = {
    expand: {
      input: [1],
      constants: { shape: whole(3e9) },
      nodes: [node('Expand', ['x', 'shape'], ['y'])],
    },
    'expand to a product': {
      input: [1],
      constants: { shape: whole(20_000, 20_000, 1) },
      nodes: [node('Expand', ['x', 'shape'], ['y'])],
    },
    'expand to nothing of much': {
      input: [1],
      constants: { shape: whole(3e9, 0) },
      nodes: [node('Expand', ['x', 'shape'], ['y'])],
    },
    'more axes than anybody has': {
      input: [1],
      constants: { shape: whole(...Array.from({ length: 20_000 }, () => 1)) },
      nodes: [node('Reshape', ['x', 'shape'], ['y']), node('Transpose', ['y'], ['z'])],
    },
    pad: padded([0, 0, 0, 0, 0, 2e9]),
    'pool kernel': {
      input: [1, 1, 4],
      nodes: [
        node('MaxPool', ['x'], ['y'], { kernel_shape: ints(2e9), pads: ints(1_999_999_999, 1_999_999_999) }),
      ],
    },
    'transposed stride': {
      input: [1, 1, 3],
      constants: { w: { values: [1, 1], dims: [1, 1, 2] } },
      nodes: [node('ConvTranspose', ['x', 'w'], ['y'], { strides: ints(1e9) })],
    },
    'split into many': {
      opset: 18,
      input: [4],
      nodes: [node('Split', ['x'], ['y'], { num_outputs: int(1e9) })],
    },
    'doubled again and again': {
      input: [1024],
      nodes: Array.from({ length: 30 }, (_, i) =>
        node('Concat', i === 0 ? ['x', 'x'] : [`a${i}`, `a${i}`], [i === 29 ? 'y' : `a${i + 1}`], {
          axis: int(0),
        }),
      ),
    },
    'kept again and again': {
      input: [1],
      constants: { shape: whole(1 << 20) },
      nodes: Array.from({ length: 40 }, (_, i) =>
        node('Expand', ['x', 'shape'], [i === 39 ? 'y' : `a${i + 1}`]),
      ),
    },
  };
  it.each(Object.entries(models))('%s', (_name, parts) => {
    expect(failureOf(parts)).toBe('too-large');
  });
});

describe('what runtimes see otherwise has no rule', () => {
  it('PRelu whose slope is wider than its operand: runtimes widen the result', () => {
    const parts = (dims: readonly number[]): ModelParts => ({
      input: [1, 1],
      constants: { s: { values: dims[1] === 1 ? [2] : [1, 2], dims } },
      nodes: [node('PRelu', ['x', 's'], ['y'])],
    });
    expect(failureOf(parts([1, 2]))).toBe('operator-unknown');
    expect(failureOf(parts([1, 1]))).toBeUndefined();
  });

  it('Slice backwards with the largest number as its end', () => {
    const parts = (end: number): ModelParts => ({
      input: [4],
      constants: { s: whole(3), e: whole(end), a: whole(0), t: whole(-1) },
      nodes: [node('Slice', ['x', 's', 'e', 'a', 't'], ['y'])],
    });
    expect(failureOf(parts(2 ** 31 - 1))).toBe('operator-unknown');
    expect(failureOf(parts(0))).toBeUndefined();
  });
});

describe('a float statement', () => {
  const box: InputSet = { lower: Float64Array.of(1), upper: Float64Array.of(1e30), unsafe: [] };
  const opens = (parts: ModelParts, floats: 'float32' | 'none', set = box) => {
    const graph = graphOf(parts);
    return openCheck(
      graph,
      { ...set, unsafe: [[{ coefficients: new Float64Array(graph.outputs.length), bound: 0 }]] },
      { float: floats, flush: true },
    );
  };
  const one = (value: number) => ({ values: [value], dims: [1, 1, 1, 1] });

  it('counts a merged weight that vanishes', () => {
    const session = opens(
      {
        input: [1, 1, 1, 1],
        constants: { w: one(1e-30), s: one(1e-20), t: one(1e20) },
        nodes: [
          node('Conv', ['x', 'w'], ['a']),
          node('Mul', ['a', 's'], ['b']),
          node('Relu', ['b'], ['c']),
          node('Mul', ['c', 't'], ['y']),
        ],
      },
      'float32',
      { ...box, lower: Float64Array.of(1e30) },
    );
    // 1e-20 in the reals; 0 where 1e-30 · 1e-20 was merged first.
    expect(session.bounds(session.root, 0).lower[0]).toBeLessThanOrEqual(0);
  });

  const beyond: Readonly<Record<string, ModelParts>> = {
    'merged weights that overflow': {
      input: [1, 1, 1, 1],
      constants: { w: one(1e25), s: one(1e25), z: one(1e-30) },
      nodes: [
        node('Mul', ['x', 'z'], ['e']),
        node('Relu', ['e'], ['f']),
        node('Mul', ['f', 'z'], ['g']),
        node('Relu', ['g'], ['h']),
        node('Conv', ['h', 'w'], ['a']),
        node('Mul', ['a', 's'], ['y']),
      ],
    },
    'a factor that may come last': {
      input: [1, 1],
      constants: { s: { values: [1e-30], dims: [1, 1] }, w: { values: [1e20], dims: [1, 1] } },
      nodes: [node('Mul', ['x', 's'], ['a']), node('MatMul', ['a', 'w'], ['y'])],
    },
    'a product scaled by much': {
      input: [1, 1],
      constants: { w: { values: [1], dims: [1, 1] } },
      nodes: [node('Gemm', ['x', 'w'], ['y'], { alpha: float(1e20) })],
    },
    'a constant scaled by much': {
      input: [1, 1],
      constants: { w: { values: [1e-30], dims: [1, 1] }, c: { values: [1e20], dims: [1] } },
      nodes: [node('Gemm', ['x', 'w', 'c'], ['y'], { beta: float(1e20) })],
    },
    'a steep slope': { input: [1], nodes: [node('LeakyRelu', ['x'], ['y'], { alpha: float(1e30) })] },
    'a mean of large numbers': {
      input: [1],
      constants: { shape: whole(1024), w: { values: [1e5], dims: [1] } },
      nodes: [
        node('Mul', ['x', 'w'], ['a']),
        node('Expand', ['a', 'shape'], ['b']),
        node('ReduceMean', ['b'], ['y'], { axes: ints(0), keepdims: int(1) }),
      ],
    },
  };
  it.each(Object.entries(beyond))('is not made of %s', (_name, parts) => {
    expect(() => opens(parts, 'float32')).toThrow(CheckFailure);
  });

  it('is made of ordinary numbers beside each other', () => {
    const parts = beyond['a mean of large numbers'];
    expect(() => opens(parts, 'float32', { ...box, upper: Float64Array.of(1e3) })).not.toThrow();
  });
});
