import { describe, expect, it } from 'vitest';
import { roundToHalf } from '../../formats/halfFloat.ts';
import type { OnnxDtype } from '../../formats/onnx/model.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import { interpreted } from './compare.testing.ts';
import { testModel, typedTensor, type TestGraph } from './graph.testing.ts';
import { importOnnxBytes } from './importOnnx.ts';
import { modelRunner } from './runners.ts';

/** x·c for a constant that the model computes; what the import and ONNX Runtime make of x = 1. */
async function both(build: (g: TestGraph) => string): Promise<number[][]> {
  const model = testModel([1, 4], (g) => g.node('Mul', ['x', g.node('Cast', [build(g)], { to: 1 })]));
  const imported = importOnnxBytes(encodeModel(model));
  const x = new Float32Array(4).fill(1);
  return [Array.from(await interpreted(imported)(x)), Array.from(await (await modelRunner(imported))(x))];
}

const cast = (from: OnnxDtype, values: readonly number[], to: number) => (g: TestGraph) =>
  g.node('Cast', [g.numbers(from, [4], values)], { to });

const cases: Record<string, readonly [(g: TestGraph) => string, number[]]> = {
  'a half is true': [cast('float32', [0.5, 0, -0.1, 2], 9), [1, 0, 1, 1]],
  'int32 wraps to uint8': [cast('int32', [300, -1, 255, 256], 2), [44, 255, 255, 0]],
  'int64 wraps to int8': [cast('int64', [200, -129, 127, 128], 3), [-56, 127, 127, -128]],
  'f32 rounds to f16, ties to even': [
    cast('float32', [2049, 2051, 0.1, 65519], 10),
    [2048, 2052, 0.0999755859375, 65504],
  ],
  'bf16 is read': [cast('bfloat16', [1.5, -2, 96, 0], 1), [1.5, -2, 96, 0]],
  'sums are rounded to f32': [
    (g) =>
      g.node('Sub', [
        g.node('Add', [g.floats([4], [1e8, 1, 16777216, 0.1]), g.floats([], [1])]),
        g.floats([4], [1e8, 1, 16777216, 0.1]),
      ]),
    [0, 1, 0, Math.fround(Math.fround(Math.fround(0.1) + 1) - Math.fround(0.1))],
  ],
  'products of int32 wrap': [
    (g) => g.node('Mul', [g.numbers('int32', [4], [65536, 65537, -3, 2]), g.numbers('int32', [], [65536])]),
    [0, 65536, -196608, 131072],
  ],
  'whole division drops the fraction': [
    (g) => g.node('Div', [g.numbers('int64', [4], [7, -7, 8, -1]), g.ints([2])]),
    [3, -3, 4, 0],
  ],
  'the remainder has the divisor’s sign': [
    (g) => g.node('Mod', [g.numbers('int64', [4], [-7, 7, -6, 5]), g.ints([3])]),
    [2, 1, 0, 2],
  ],
  'or with fmod the dividend’s': [
    (g) => g.node('Mod', [g.floats([4], [-7, 7, -6, 5.5]), g.floats([], [3])], { fmod: 1 }),
    [-1, 1, -0, 2.5],
  ],
};

describe('constants are computed in the types of the model', () => {
  it.each(Object.entries(cases))('%s', async (_, [build, expected]) => {
    const [found, wanted] = await both(build);
    expect(wanted).toEqual(expected);
    expect(found.map((v) => v + 0)).toEqual(expected.map((v) => v + 0));
  });

  it.each<[string, (g: TestGraph) => string, RegExp]>([
    ['numbers beyond the type', cast('float32', [300, 0, 0, 0], 2), /casts the constant 300 to uint8/],
    ['NaN as a whole number', cast('float32', [NaN, 0, 0, 0], 7), /casts the constant NaN to int64/],
    [
      'arithmetic in f16',
      (g) => {
        const h = g.node('Cast', [g.floats([4])], { to: 10 });
        return g.node('Add', [h, h]);
      },
      /float16/,
    ],
    ['division by 0', (g) => g.node('Div', [g.ints([1, 2, 3, 4]), g.ints([0])]), /divides by 0/],
    [
      'sums that nearly cancel',
      (g) => g.node('ReduceSum', [g.floats([3], [1e8, 1, -1e8])], { keepdims: 1 }),
      /depends on the order/,
    ],
    [
      'types that differ',
      (g) => g.node('Add', [g.ints([1, 2, 3, 4]), g.floats([4])]),
      /different types: int64, float32/,
    ],
    [
      'shapes that are no whole numbers',
      (g) => g.node('Reshape', ['x', g.floats([2], [1, 4])]),
      /shape .* holds float32, not whole numbers/,
    ],
    [
      'constants that expand without end',
      (g) => g.node('Expand', [g.floats([1]), g.ints([1 << 30, 4])]),
      /it would make 4294967296 numbers/,
    ],
    ['an operation without inputs', (g) => g.node('Sum', []), /has 0 inputs/],
    ['unknown attributes', (g) => g.node('Relu', ['x'], { leak: 1 }), /attribute leak is not supported/],
    [
      'attributes of another operator set',
      (g) => g.node('Clip', ['x'], { max: { float: 1 } }),
      /max does not exist in operator set 17/,
    ],
    ['values of the input in f16', (g) => g.node('Cast', ['x'], { to: 10 }), /rounded to float16/],
    ['a bound that is not a number', (g) => g.node('Clip', ['x', g.floats([], [NaN])]), /NaN/],
  ])('refused: %s', async (_, build, message) => {
    await expect(both(build)).rejects.toThrow(message);
  });

  it('names that mean two things are refused', () => {
    const model = testModel([1, 4], (g) => g.node('Add', ['x', g.floats([4])]));
    const twice = {
      ...model.graph,
      initializers: [...model.graph.initializers, typedTensor('w0', 'float32', [4], [1, 2, 3, 4])],
    };
    expect(() => importOnnxBytes(encodeModel({ ...model, graph: twice }))).toThrow(
      /the initializer 'w0' twice/,
    );
    const made = {
      ...model.graph,
      nodes: [...model.graph.nodes, { opType: 'Relu', inputs: ['x'], outputs: ['y'] }],
    };
    expect(() => importOnnxBytes(encodeModel({ ...model, graph: made }))).toThrow(/a value named 'y' twice/);
  });

  it('halves are rounded to the nearest, ties to even', () => {
    expect(
      [2049, 2051, 65519, 65520, 2 ** -25, 1.5 * 2 ** -24, -1e-9, 1 + 2 ** -11].map(roundToHalf),
    ).toEqual([2048, 2052, 65504, Infinity, 0, 2 ** -23, -0, 1]);
  });
});
