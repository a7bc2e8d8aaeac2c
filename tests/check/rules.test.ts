import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/check/files/readModel.ts';
import { compileGraph } from '../../src/check/graph/compile.ts';
import { evaluate } from '../../src/check/graph/evaluate.ts';
import { createRng } from '../../src/data/rng.ts';
import { openPlainModel } from '../../src/engine/replay.ts';
import { float, int, ints, modelBytes, node, random, string, whole, type Numbers } from './models.testing.ts';
import { bytesOf, image, one, type Case } from './oneNode.testing.ts';

const cases: readonly Case[] = [
  one(
    'Conv',
    image,
    { pads: ints(1, 2, 0, 1), strides: ints(2, 1) },
    { w: random(4, 3, 3, 2), b: random(4) },
  ),
  one('Conv', [2, 4, 9], { group: int(2), dilations: ints(2) }, { w: random(6, 2, 3) }),
  one(
    'Conv',
    [1, 2, 4, 5, 4],
    { kernel_shape: ints(2, 2, 3), strides: ints(1, 2, 1) },
    { w: random(3, 2, 2, 2, 3), b: random(3) },
  ),
  one('Conv', image, { auto_pad: string('SAME_UPPER'), strides: ints(2, 3) }, { w: random(2, 3, 4, 2) }),
  one('Conv', image, { auto_pad: string('SAME_LOWER'), strides: ints(2, 2) }, { w: random(2, 3, 4, 4) }),
  one('Conv', image, { auto_pad: string('VALID') }, { w: random(2, 3, 4, 4) }),
  one(
    'ConvTranspose',
    image,
    { pads: ints(1, 0, 2, 1), strides: ints(2, 3), output_padding: ints(1, 0) },
    { w: random(3, 4, 3, 3), b: random(4) },
  ),
  one(
    'ConvTranspose',
    [2, 4, 5],
    { group: int(2), dilations: ints(2) },
    { w: random(4, 3, 3), b: random(6) },
  ),
  one(
    'Gemm',
    [3, 5],
    { alpha: float(0.5), beta: float(-2), transB: int(1) },
    { b: random(4, 5), c: random(4) },
  ),
  one('Gemm', [5, 3], { transA: int(1) }, { b: random(5, 4), c: random(3, 1) }),
  one('Gemm', [5, 3], { transB: int(1) }, { b: random(4, 5) }, { operands: ['b', 'x'], attributes: {} }),
  one('MatMul', [2, 3, 4], {}, { w: random(4, 5) }),
  one('MatMul', [2, 3, 4], {}, { w: random(2, 4, 5) }),
  one('MatMul', [2, 1, 3, 4], {}, { w: random(3, 4, 5) }),
  one('MatMul', [2, 4, 3], {}, { w: random(5, 4) }, { operands: ['w', 'x'] }),
  one('MatMul', [4], {}, { w: random(4, 5) }),
  one('MatMul', [3, 4], {}, { w: random(4) }),
  one('MatMul', [4, 3], {}, { w: random(2, 5, 4) }, { operands: ['w', 'x'] }),
  one(
    'BatchNormalization',
    image,
    { epsilon: float(0.01) },
    { s: random(3), b: random(3), m: random(3), v: { random: [3], from: 0.1, to: 2 } },
  ),
  one('Add', image, {}, { c: random(3, 1, 6) }),
  one('Add', [1, 6], {}, { c: random(2, 4, 1) }),
  one('Sub', image, {}, { c: random(1) }, { operands: ['c', 'x'] }),
  one('Sub', image, {}, { c: random(7, 1) }),
  one('Mul', image, {}, { c: random(3, 1, 1) }),
  one('Div', image, {}, { c: { random: [6], from: 0.5, to: 2 } }),
  one('Sum', [2, 3], {}, { c: random(3), d: random(2, 1) }),
  one('Neg', [2, 3]),
  one('Identity', [2, 3]),
  one('Dropout', [2, 3]),
  one('AveragePool', image, { kernel_shape: ints(3, 2), pads: ints(1, 1, 1, 1), strides: ints(2, 2) }),
  one('AveragePool', image, { kernel_shape: ints(3, 2), pads: ints(1, 1, 1, 1), count_include_pad: int(1) }),
  one('AveragePool', [1, 2, 8], { kernel_shape: ints(3), strides: ints(2), ceil_mode: int(1) }),
  one('GlobalAveragePool', image),
  one('ReduceMean', image, { axes: ints(2, -1), keepdims: int(0) }),
  one('ReduceMean', image, {}, { axes: whole(1) }, { opset: 18 }),
  one('ReduceMean', [2, 3]),
  one('ReduceSum', image, {}, { axes: whole(-2) }),
  one('ReduceSum', image, { noop_with_empty_axes: int(1) }),
  one('Pad', image, {}, { pads: whole(0, 1, 2, 0, 0, 0, 1, 3), value: { values: [0.75], dims: [] } }),
  one('Pad', image, { mode: string('reflect') }, { pads: whole(0, 0, 2, 1, 0, 0, 1, 3) }),
  one('Pad', image, { mode: string('edge') }, { pads: whole(0, 1, 2, 0, 0, 0, 1, 3) }),
  one('Pad', image, {}, { pads: whole(0, 0, -1, 2, 0, 0, 1, -2) }),
  one(
    'Pad',
    image,
    {},
    { pads: whole(1, 2), value: { values: [0.5], dims: [] }, axes: whole(-1) },
    { opset: 18 },
  ),
  one('Pad', [2, 3], { pads: ints(0, 1, 1, 0), value: float(2) }, {}, { opset: 9 }),
  one('Reshape', image, {}, { shape: whole(0, -1, 3) }),
  one('Flatten', image, { axis: int(2) }),
  one('Flatten', image, { axis: int(-1) }),
  one('Flatten', image, { axis: int(0) }),
  one('Transpose', image, { perm: ints(0, 2, 3, 1) }),
  one('Transpose', image),
  one('Concat', image, { axis: int(-1) }, { c: random(1, 3, 7, 2) }, { operands: ['c', 'x', 'c', 'x'] }),
  one('Concat', image, { axis: int(1) }, {}, { operands: ['x', 'x'] }),
  one('Slice', image, {}, { s: whole(1, -1), e: whole(6, -9), a: whole(2, 3), t: whole(2, -2) }),
  one('Slice', image, {}, { s: whole(-2), e: whole(2 ** 40), a: whole(1) }),
  one('Slice', image, { starts: ints(1), ends: ints(-1), axes: ints(3) }, {}, { opset: 9 }),
  one('Split', image, { axis: int(1) }, { s: whole(1, 2) }, { outputs: ['y', 'z'] }),
  one('Split', [2, 7], { axis: int(1), num_outputs: int(3) }, {}, { outputs: ['y', 'z', 'v'], opset: 18 }),
  one('Split', [2, 6], { axis: int(-1) }, {}, { outputs: ['y', 'z', 'v'], opset: 11 }),
  one('Gather', image, { axis: int(2) }, { i: { whole: [3, -1, 0, 3], dims: [2, 2] } }),
  one('Gather', image, { axis: int(1) }, { i: { whole: [-1], dims: [] } }),
  one('Squeeze', [1, 3, 1, 2], {}, { axes: whole(-2) }),
  one('Squeeze', [1, 3, 1, 2]),
  one('Unsqueeze', [3, 2], {}, { axes: whole(-1, 0) }),
  one('Expand', [3, 1], {}, { shape: whole(2, 1, 4) }),
  one('Relu', image),
  one('LeakyRelu', image, { alpha: float(0.3) }),
  one('LeakyRelu', image, { alpha: float(-1.5) }),
  one('PRelu', image, {}, { s: { random: [3, 1, 1], from: -1, to: 3 } }),
  one('Abs', image),
  one('Clip', image, {}, { a: { values: [-0.25], dims: [] }, b: { values: [0.5], dims: [] } }),
  one('Clip', image, {}, { b: { values: [0.5], dims: [] } }, { operands: ['x', '', 'b'] }),
  one('Clip', image, { min: float(-0.5), max: float(3.4e38) }, {}, { opset: 6 }),
  one('Max', image, {}, { a: random(3, 1, 1), b: random(6) }),
  one('Max', image, {}, { a: { values: [-3e38] } }),
  one('Min', image, {}, { a: random(3, 1, 1) }),
  one('MaxPool', image, { kernel_shape: ints(3, 2), pads: ints(1, 0, 1, 1), strides: ints(2, 1) }),
  one('MaxPool', image, { kernel_shape: ints(2, 2), strides: ints(2, 2), ceil_mode: int(1) }),
  one('MaxPool', image, { kernel_shape: ints(2, 3), dilations: ints(2, 2) }),
  one('MaxPool', [1, 2, 9], {
    kernel_shape: ints(4),
    strides: ints(3),
    dilations: ints(2),
    pads: ints(2, 1),
  }),
  one('Cast', image, { to: int(1) }),
  ...(
    [
      ['asymmetric', 'floor'],
      ['half_pixel', 'round_prefer_floor'],
      ['half_pixel', 'round_prefer_ceil'],
    ] as const
  ).map(([how, rounding]) =>
    one(
      'Resize',
      image,
      { coordinate_transformation_mode: string(how), nearest_mode: string(rounding) },
      { s: { values: [1, 1, 2, 3] } },
      { operands: ['x', '', 's'] },
    ),
  ),
  one('Resize', image, {}, { n: whole(1, 3, 35, 6) }, { operands: ['x', '', '', 'n'] }),
  one('Gemm', [3, 5], { alpha: float(1e6), beta: float(-3e4) }, { b: random(5, 4), c: random(4) }),
];

/** Outputs of ONNX Runtime and of the checker's terms at one random point. */
async function both(
  bytes: Uint8Array,
  input: Numbers,
  outputs: readonly string[],
  seed: number,
): Promise<[number[], number[]]> {
  const x = createRng(seed).fillNormal(new Float32Array(input.reduce((n, d) => n * d, 1)));
  const found = await (
    await openPlainModel(bytes)
  ).run({ x: { dtype: 'float32', shape: [...input], data: x } });
  const graph = compileGraph(readModel(bytes));
  return [
    outputs.flatMap((name) => Array.from(found[name].data, Number)),
    [...evaluate(graph, Float64Array.from(x)).outputs],
  ];
}

function expectClose([runtime, ours]: [number[], number[]]): void {
  expect(ours.length).toBe(runtime.length);
  runtime.forEach((value, i) =>
    expect(Math.abs(ours[i] - value), `${i}: ${ours[i]} ${value}`).toBeLessThan(2e-5 * (1 + Math.abs(value))),
  );
}

describe('rules of the checker against ONNX Runtime', () => {
  it.each(cases.map((c, k) => [`${c.op} ${k}`, c] as const))('%s', async (_name, c) => {
    for (const seed of [1, 2])
      expectClose(await both(bytesOf(c, seed), c.input, c.outputs ?? ['y'], seed + 10));
  });

  it('folds what exporters write around reshapes', async () => {
    const bytes = modelBytes(
      {
        input: [1, 3, 4],
        constants: {
          zero: { whole: [0], dims: [] },
          two: whole(2),
          axes: whole(0),
          w: random(12, 2),
          six: whole(6),
        },
        nodes: [
          node('Shape', ['x'], ['s']),
          node('Gather', ['s', 'zero'], ['n'], { axis: int(0) }),
          node('Unsqueeze', ['n', 'axes'], ['n1']),
          node('Mul', ['six', 'two'], ['twelve']),
          node('Concat', ['n1', 'twelve'], ['to'], { axis: int(0) }),
          node('Cast', ['to'], ['to32'], { to: int(6) }),
          node('Cast', ['to32'], ['to64'], { to: int(7) }),
          node('Reshape', ['x', 'to64'], ['flat']),
          node('MatMul', ['flat', 'w'], ['z']),
          node('Relu', ['z'], ['r']),
          node('Add', ['r', 'z'], ['y']),
        ],
      },
      createRng(3),
    );
    expectClose(await both(bytes, [1, 3, 4], ['y'], 4));
  });
});
