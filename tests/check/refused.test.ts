/** What the rules refuse: operators without one, and what runtimes read differently. */
import { describe, expect, it } from 'vitest';
import { CheckFailure } from '../../src/check/failure.ts';
import { readModel } from '../../src/check/files/readModel.ts';
import { compileGraph } from '../../src/check/graph/compile.ts';
import { createRng } from '../../src/data/rng.ts';
import type { OnnxNode } from '../../src/formats/onnx/model.ts';
import { float, int, ints, modelBytes, node, random, string, whole } from './models.testing.ts';
import { bytesOf, one, type Case } from './oneNode.testing.ts';

describe('what the checker does not know', () => {
  const refused: readonly Case[] = [
    one('Sigmoid', [3]),
    one('Mul', [3], {}, {}, { operands: ['x', 'x'] }),
    one('Div', [3], {}, { c: random(3) }, { operands: ['c', 'x'] }),
    one('Pad', [3, 3], { mode: string('wrap') }, { pads: whole(0, 1, 0, 0) }, { opset: 19 }),
    one('AveragePool', [1, 1, 6], {
      kernel_shape: ints(3),
      strides: ints(2),
      ceil_mode: int(1),
      count_include_pad: int(1),
    }),
    one('ConvTranspose', [1, 1, 6], { auto_pad: string('SAME_UPPER') }, { w: random(1, 1, 3) }),
    one('ConvTranspose', [1, 1, 6], { auto_pad: string('SAME_LOWER') }, { w: random(1, 1, 3) }),
    one('ConvTranspose', [1, 1, 6], { auto_pad: string('VALID') }, { w: random(1, 1, 3) }),
    one('ConvTranspose', [1, 1, 6], { output_shape: ints(7) }, { w: random(1, 1, 3) }),
    one('Resize', [1, 1, 4], {}, { s: { values: [1, 1, 1.5] } }, { operands: ['x', '', 's'] }),
    one('Resize', [1, 1, 4], {}, { s: { values: [1, 1, 0.5] } }, { operands: ['x', '', 's'] }),
    one(
      'Resize',
      [1, 1, 4],
      { coordinate_transformation_mode: string('asymmetric') },
      { s: { values: [1, 1, 3] } },
      { operands: ['x', '', 's'] },
    ),
    one(
      'Resize',
      [1, 1, 4],
      { mode: string('linear') },
      { s: { values: [1, 1, 2] } },
      { operands: ['x', '', 's'] },
    ),
    one('Gemm', [3, 5], { alpha: float(1e-3) }, { b: random(5, 4) }),
    one('Gemm', [3, 5], {}, { b: random(5, 4), c: random(3) }),
    one('Cast', [3], { to: int(10) }),
    one(
      'BatchNormalization',
      [1, 2],
      { training_mode: int(1) },
      { s: random(2), b: random(2), m: random(2), v: random(2) },
      { outputs: ['y'] },
    ),
    ...[7, 9, 13, 17].map((opset) =>
      one(
        'BatchNormalization',
        [1, 2],
        {},
        { s: random(2), b: random(2), m: random(2), v: random(2) },
        { opset, outputs: ['y', 'm1', 'v1', 'm2', 'v2'] },
      ),
    ),
    one('ReduceMean', [2, 3], { axes: ints(1, -1) }),
    one('ReduceSum', [2, 3], {}, { axes: whole(0, 1, 0) }),
    one('Squeeze', [1, 1, 3], {}, { axes: whole(0, -3) }),
    one('Slice', [4, 4], {}, { s: whole(1, 1), e: whole(3, 3), a: whole(1, -1) }),
    one(
      'Pad',
      [3, 3],
      {},
      { p: whole(1, 0, 0, 1), v: { values: [0], dims: [] }, a: whole(1, 1) },
      { opset: 18 },
    ),
    one(
      'Resize',
      [3, 1, 2],
      { keep_aspect_ratio_policy: string('not_smaller') },
      { n: whole(3, 1, 4) },
      { opset: 18, operands: ['x', '', '', 'n'] },
    ),
    ...['AveragePool', 'MaxPool'].map((op) =>
      one(
        op,
        [1, 1, 7],
        { kernel_shape: ints(1), strides: ints(4), auto_pad: string('SAME_UPPER') },
        {},
        { opset: 19 },
      ),
    ),
    one('Reshape', [2, 3], {}, { shape: whole(4, 2) }),
    one('MaxPool', [1, 1, 4], { kernel_shape: ints(2) }, {}, { outputs: ['y', 'indices'] }),
  ];
  it.each(refused.map((c) => [c.op, c] as const))('%s is unchecked', (_name, c) => {
    expect(() => compileGraph(readModel(bytesOf(c, 1)))).toThrow(CheckFailure);
  });

  it('small files whose operations read very much are too large', () => {
    const n = 1 << 20;
    const bytes = bytesOfNodes(
      { s: whole(1, n), t: whole(n, 1) },
      [
        node('Expand', ['x', 's'], ['a']),
        node('ConstantOfShape', ['t'], ['w']),
        ...Array.from({ length: 40 }, (_, i) => node('MatMul', ['a', 'w'], [i ? `y${i}` : 'y'])),
      ],
      [1, 1],
    );
    expect(() => compileGraph(readModel(bytes))).toThrow(/operands/);
  }, 60_000);

  /** Whole numbers that a runtime would wrap around: a Reshape to `op(a, b)`. */
  const folded = (op: string, a: number, b: number, to: 6 | 7) =>
    bytesOfNodes({ a: whole(a), b: whole(b) }, [
      node('Cast', ['a'], ['c'], { to: int(to) }),
      node('Cast', ['b'], ['d'], { to: int(to) }),
      node(op, ['c', 'd'], ['n']),
      node('Cast', ['n'], ['to'], { to: int(7) }),
      node('Reshape', ['x', 'to'], ['y']),
    ]);
  const bytesOfNodes = (constants: Case['constants'], nodes: readonly OnnxNode[], input = [1, 2]) =>
    modelBytes({ input, constants: constants!, nodes }, createRng(1));
  it.each([
    // 2^32 and 2^46 wrap to 0 in int32; a quotient by 0 is no number.
    ['Mul', 65_536, 65_536, 6],
    ['Div', 2, 0, 7],
    ['Mul', 2 ** 23, 2 ** 23, 6],
  ] as const)('whole numbers do not wrap: %s of %d and %d', (op, a, b, to) => {
    expect(() => compileGraph(readModel(folded(op, a, b, to)))).toThrow(CheckFailure);
  });
  it('whole numbers are divided towards zero', () => {
    expect(compileGraph(readModel(folded('Div', 5, 2, 7))).outputs.length).toBe(2);
    expect(compileGraph(readModel(folded('Div', -3, 2, 7))).outputs.length).toBe(2);
  });
  it('whole numbers beyond their type are refused by name', () => {
    const big = bytesOfNodes({ a: whole(2 ** 40), b: whole(2 ** 40), c: whole(2) }, [
      node('Mul', ['a', 'b'], ['n']),
      node('Mul', ['n', 'c'], ['to']),
      node('Reshape', ['x', 'to'], ['y']),
    ]);
    expect(() => compileGraph(readModel(big))).toThrow(/beyond int64/);
  });
});
