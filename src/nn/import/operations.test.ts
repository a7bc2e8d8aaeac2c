import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import type { OnnxModel } from '../../formats/onnx/model.ts';
import { onnxTensor } from '../../formats/onnx/tensor.ts';
import { sizeOf } from '../../tensor/index.ts';
import { simplifyNetwork, splitNormalization } from '../simplifyNetwork.ts';
import { checkImport, exportedRunner, interpreted } from './compare.testing.ts';
import { modelRunner } from './runners.ts';
import { testModel, type TestGraph } from './graph.testing.ts';
import { importOnnxBytes } from './importOnnx.ts';
import { supportedOperators } from './operators.ts';

type Case = readonly [
  dims: readonly (number | string)[],
  build: (g: TestGraph) => string,
  options?: Parameters<typeof testModel>[2],
];

const image = [1, 4, 6, 5] as const;

const cases: Record<string, Case> = {
  Gemm: [
    ['N', 6],
    (g) =>
      g.node('Gemm', ['x', g.floats([6, 4]), g.floats([4])], { alpha: { float: 0.5 }, beta: { float: 2 } }),
  ],
  'Gemm transB, scalar bias': [
    [1, 6],
    (g) => g.node('Gemm', ['x', g.floats([4, 6]), g.floats([1])], { transB: 1 }),
  ],
  'Gemm transA': [[6, 1], (g) => g.node('Gemm', ['x', g.floats([6, 4])], { transA: 1 })],
  'Gemm, constant on the left': [
    [6, 3],
    (g) => g.node('Gemm', [g.floats([4, 6]), 'x', g.floats([4, 1])], { alpha: { float: 1.5 } }),
  ],
  'Gemm, rows': [[3, 6], (g) => g.node('Gemm', ['x', g.floats([6, 4]), g.floats([3, 4])])],
  'Gemm, branch added': [[1, 6], (g) => g.node('Gemm', ['x', g.floats([6, 6]), g.node('Relu', ['x'])])],
  MatMul: [[1, 6], (g) => g.node('MatMul', ['x', g.floats([6, 4])])],
  'MatMul, vector': [[6], (g) => g.node('MatMul', ['x', g.floats([6, 4])])],
  'MatMul, by a vector': [[1, 3, 6], (g) => g.node('MatMul', ['x', g.floats([6])])],
  'MatMul, constant on the left': [[1, 6, 1], (g) => g.node('MatMul', [g.floats([4, 6]), 'x'])],
  'MatMul, constant on the left, columns': [[1, 6, 3], (g) => g.node('MatMul', [g.floats([4, 6]), 'x'])],
  'MatMul, constant vector on the left': [[6, 3], (g) => g.node('MatMul', [g.floats([6]), 'x'])],
  'MatMul, rows': [[1, 2, 3, 6], (g) => g.node('MatMul', ['x', g.floats([6, 4])])],
  'MatMul, stacked constant': [[1, 6], (g) => g.node('MatMul', ['x', g.floats([1, 1, 6, 4])])],
  'Add constants of any shape': [
    image,
    (g) => {
      const one = g.node('Add', ['x', g.floats([])]);
      const channel = g.node('Add', [g.floats([4, 1, 1]), one]);
      return g.node('Add', [g.node('Add', [channel, g.floats([5])]), g.floats([1, 4, 1, 5])]);
    },
  ],
  'Add that enlarges': [[1, 5], (g) => g.node('Add', ['x', g.floats([3, 1])])],
  'Add of branches': [image, (g) => g.node('Add', [g.node('Relu', ['x']), g.node('Tanh', ['x'])])],
  'Add of branches of other shapes': [
    image,
    (g) => g.node('Add', [g.node('GlobalAveragePool', ['x']), g.node('Relu', ['x'])]),
  ],
  Mean: [image, (g) => g.node('Mean', ['x', g.node('Relu', ['x']), g.floats([1])])],
  Sum: [image, (g) => g.node('Sum', ['x', g.node('Relu', ['x']), g.floats([1])])],
  Sub: [image, (g) => g.node('Sub', [g.floats([4, 1, 1]), g.node('Sub', ['x', g.floats([1, 5])])])],
  'Sub of branches': [[1, 7], (g) => g.node('Sub', [g.node('Relu', ['x']), g.node('Sigmoid', ['x'])])],
  Mul: [image, (g) => g.node('Mul', [g.node('Mul', ['x', g.floats([4, 1, 1])]), g.floats([1])])],
  Div: [image, (g) => g.node('Div', ['x', g.floats([4, 1, 1])])],
  Neg: [[1, 7], (g) => g.node('Neg', ['x'])],
  Max: [[1, 7], (g) => g.node('Max', ['x', g.node('Neg', ['x']), g.floats([7])])],
  Min: [[1, 7], (g) => g.node('Min', [g.floats([7]), 'x', g.node('Neg', ['x'])])],
  Conv: [
    image,
    (g) =>
      g.node('Conv', ['x', g.floats([6, 4, 3, 2]), g.floats([6])], { strides: [2, 1], pads: [1, 0, 2, 1] }),
  ],
  'Conv, groups and dilation': [
    image,
    (g) => g.node('Conv', ['x', g.floats([4, 2, 2, 2])], { group: 2, dilations: [2, 3], pads: [1, 1, 1, 1] }),
  ],
  'Conv SAME_UPPER': [
    image,
    (g) => g.node('Conv', ['x', g.floats([2, 4, 4, 3])], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  ],
  'Conv SAME_LOWER': [
    image,
    (g) => g.node('Conv', ['x', g.floats([2, 4, 4, 3])], { auto_pad: 'SAME_LOWER', strides: [2, 2] }),
  ],
  'Conv VALID': [image, (g) => g.node('Conv', ['x', g.floats([2, 4, 4, 3])], { auto_pad: 'VALID' })],
  'Conv in one dimension': [
    [1, 3, 9],
    (g) => g.node('Conv', ['x', g.floats([4, 3, 3]), g.floats([4])], { strides: [2], pads: [1, 0] }),
  ],
  ConvTranspose: [
    image,
    (g) =>
      g.node('ConvTranspose', ['x', g.floats([4, 3, 3, 2]), g.floats([3])], {
        strides: [2, 1],
        pads: [1, 0, 0, 1],
        output_padding: [1, 0],
      }),
  ],
  'ConvTranspose, groups and dilation': [
    image,
    (g) => g.node('ConvTranspose', ['x', g.floats([4, 3, 2, 2])], { group: 2, dilations: [2, 1] }),
  ],
  'ConvTranspose, output_shape': [
    image,
    (g) =>
      g.node('ConvTranspose', ['x', g.floats([4, 3, 3, 3])], { strides: [2, 2], output_shape: [12, 10] }),
  ],
  'ConvTranspose in one dimension': [
    [1, 3, 5],
    (g) => g.node('ConvTranspose', ['x', g.floats([3, 2, 4])], { strides: [2], pads: [1, 1] }),
  ],
  BatchNormalization: [
    image,
    (g) =>
      g.node(
        'BatchNormalization',
        ['x', g.floats([4]), g.floats([4]), g.floats([4]), g.floats([4], [0.5, 1, 2, 0.1])],
        { epsilon: { float: 0.01 } },
      ),
  ],
  'BatchNormalization of vectors': [
    [1, 3],
    (g) =>
      g.node('BatchNormalization', [
        'x',
        g.floats([3]),
        g.floats([3]),
        g.floats([3]),
        g.floats([3], [0.5, 1, 2]),
      ]),
  ],
  Relu: [image, (g) => g.node('Relu', ['x'])],
  LeakyRelu: [image, (g) => g.node('LeakyRelu', ['x'])],
  'LeakyRelu, steep': [image, (g) => g.node('LeakyRelu', ['x'], { alpha: { float: -1.5 } })],
  PRelu: [image, (g) => g.node('PRelu', ['x', g.floats([4, 1, 1])])],
  Sigmoid: [image, (g) => g.node('Sigmoid', ['x'])],
  Tanh: [image, (g) => g.node('Tanh', ['x'])],
  Abs: [image, (g) => g.node('Abs', ['x'])],
  HardSigmoid: [image, (g) => g.node('HardSigmoid', ['x'])],
  Clip: [image, (g) => g.node('Clip', ['x', g.floats([], [-0.4]), g.floats([], [0.3])])],
  'Clip, attributes': [
    image,
    (g) => g.node('Clip', ['x'], { min: { float: -0.2 }, max: { float: 0.5 } }),
    { opset: 7 },
  ],
  'Clip, above only': [image, (g) => g.node('Clip', ['x', '', g.floats([], [0.3])])],
  'Clip, below only': [image, (g) => g.node('Clip', ['x', g.floats([], [-0.3]), g.floats([], [3.4e38])])],
  MaxPool: [
    image,
    (g) => g.node('MaxPool', ['x'], { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] }),
  ],
  'MaxPool, rounding up': [
    [1, 2, 6, 7],
    (g) => g.node('MaxPool', ['x'], { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 }),
  ],
  'MaxPool in one dimension': [
    [1, 2, 8],
    (g) => g.node('MaxPool', ['x'], { kernel_shape: [3], strides: [2], pads: [1, 1] }),
  ],
  AveragePool: [
    image,
    (g) => g.node('AveragePool', ['x'], { kernel_shape: [3, 2], strides: [2, 1], pads: [1, 0, 1, 1] }),
  ],
  'AveragePool with padding counted': [
    image,
    (g) => g.node('AveragePool', ['x'], { kernel_shape: [3, 2], pads: [1, 0, 1, 1], count_include_pad: 1 }),
  ],
  'AveragePool, rounding up': [
    [1, 2, 6, 7],
    (g) => g.node('AveragePool', ['x'], { kernel_shape: [3, 2], strides: [2, 2], ceil_mode: 1 }),
  ],
  GlobalAveragePool: [image, (g) => g.node('GlobalAveragePool', ['x'])],
  GlobalMaxPool: [image, (g) => g.node('GlobalMaxPool', ['x'])],
  Flatten: [image, (g) => g.node('Flatten', ['x'], { axis: 2 })],
  Reshape: [
    ['N', 4, 6, 5],
    (g) => g.node('Gemm', [g.node('Reshape', ['x', g.ints([0, -1])]), g.floats([120, 3])]),
  ],
  Transpose: [
    image,
    (g) => g.node('MatMul', [g.node('Transpose', ['x'], { perm: [0, 2, 3, 1] }), g.floats([4, 3])]),
  ],
  'Transpose, all reversed': [
    [2, 3, 4],
    (g) => g.node('Add', [g.node('Transpose', ['x']), g.floats([3, 1])]),
  ],
  Squeeze: [
    [1, 1, 6, 1],
    (g) => g.node('MatMul', [g.node('Squeeze', ['x', g.ints([1, 3])]), g.floats([6, 2])]),
  ],
  'Squeeze, attribute': [
    [1, 1, 6, 1],
    (g) => g.node('MatMul', [g.node('Squeeze', ['x'], { axes: [1, 3] }), g.floats([6, 2])]),
    { opset: 11 },
  ],
  Unsqueeze: [[1, 6], (g) => g.node('Conv', [g.node('Unsqueeze', ['x', g.ints([1])]), g.floats([2, 1, 3])])],
  'Squeeze and Unsqueeze': [[1, 6], (g) => g.node('Squeeze', [g.node('Unsqueeze', ['x', g.ints([-1, 0])])])],
  Concat: [image, (g) => g.node('Concat', ['x', g.node('Relu', ['x'])], { axis: -3 })],
  'Concat with constants': [
    [1, 4],
    (g) =>
      g.node('Concat', [g.floats([1, 2]), 'x', g.floats([1, 3]), g.node('Relu', ['x']), g.floats([1, 1])], {
        axis: 1,
      }),
  ],
  'Concat of one value and constants': [
    image,
    (g) => g.node('Concat', [g.floats([1, 4, 2, 5]), 'x'], { axis: 2 }),
  ],
  Slice: [
    image,
    (g) => g.node('Slice', ['x', g.ints([1, -1]), g.ints([4, -(2 ** 60)]), g.ints([1, 3]), g.ints([2, -2])]),
  ],
  'Slice, attributes': [
    image,
    (g) => g.node('Slice', ['x'], { starts: [1, -3], ends: [3, 2 ** 40], axes: [1, 2] }),
    { opset: 9 },
  ],
  Split: [
    image,
    (g) => {
      const first = g.node('Split', ['x', g.ints([1, 3])], { axis: 1 }, ['a', 'b']);
      return g.node('Add', [first, 'b']);
    },
  ],
  'Split, even': [
    [1, 6],
    (g) => g.node('Sub', [g.node('Split', ['x'], { axis: 1 }, ['a', 'b']), 'b']),
    { opset: 11 },
  ],
  Gather: [image, (g) => g.node('Gather', ['x', g.ints([3, 0, -1, 3], [2, 2])], { axis: 1 })],
  'Gather, one position': [image, (g) => g.node('Gather', ['x', g.ints([2], [])], { axis: 2 })],
  'Gather, the only input': [image, (g) => g.node('Gather', ['x', g.ints([0], [])], { axis: 0 })],
  Pad: [image, (g) => g.node('Pad', ['x', g.ints([0, 1, 0, 2, 0, 0, 1, -1])])],
  'Pad with a number': [
    image,
    (g) => g.node('Pad', ['x', g.ints([0, 0, 1, 1, 0, 0, 1, 1]), g.floats([], [0.7])]),
  ],
  'Pad, reflected': [
    image,
    (g) => g.node('Pad', ['x', g.ints([0, 0, 2, 1, 0, 0, 1, 3])], { mode: 'reflect' }),
  ],
  'Pad, edge, attributes': [
    image,
    (g) => g.node('Pad', ['x'], { pads: [0, 0, 2, 1, 0, 0, 1, 3], mode: 'edge' }),
    { opset: 10 },
  ],
  'Pad of some axes': [image, (g) => g.node('Pad', ['x', g.ints([2, 1]), '', g.ints([-1])]), { opset: 19 }],
  ReduceMean: [image, (g) => g.node('ReduceMean', ['x'], { axes: [2, 3], keepdims: 0 })],
  'ReduceMean over all': [[1, 6], (g) => g.node('ReduceMean', ['x'])],
  'ReduceMean, axes as input': [image, (g) => g.node('ReduceMean', ['x', g.ints([1])]), { opset: 18 }],
  ReduceSum: [image, (g) => g.node('ReduceSum', ['x', g.ints([0, -1])], { keepdims: 0 })],
  'ReduceSum, attributes': [image, (g) => g.node('ReduceSum', ['x'], { axes: [1, 3] }), { opset: 7 }],
  Expand: [[1, 1, 5], (g) => g.node('Expand', ['x', g.ints([3, 1])])],
  Identity: [[1, 5], (g) => g.node('Identity', ['x'])],
  Dropout: [
    [1, 5],
    (g) => g.node('Dropout', [g.node('Relu', ['x'])], { ratio: { float: 0.5 } }),
    { opset: 11 },
  ],
  Cast: [
    [1, 5],
    (g) =>
      g.node('Mul', [g.node('Cast', ['x'], { to: 1 }), g.node('Cast', [g.ints([1, 2, 3, 4, 5])], { to: 1 })]),
  ],
  'f64 model': [
    [1, 5],
    (g) => g.node('Relu', [g.node('MatMul', ['x', g.floats([5, 4])])]),
    { dtype: 'float64' },
  ],
  'Constant and shape arithmetic': [
    ['N', 3, 4, 2],
    (g) => {
      const shape = g.node('Shape', ['x']);
      const batch = g.node('Gather', [shape, g.ints([0], [])]);
      const two = g.node('Constant', [], { value: onnxTensor('', [1], BigInt64Array.of(2n)) });
      const half = g.node('Div', [g.ints([25]), two]);
      const whole = g.node('Concat', [g.node('Unsqueeze', [batch, g.ints([0])]), half, g.ints([-1])], {
        axis: 0,
      });
      return g.node('MatMul', [
        g.node('Reshape', ['x', g.node('Cast', [whole], { to: 7 })]),
        g.floats([2, 3]),
      ]);
    },
  ],
  'Shape sliced and filled': [
    [1, 6],
    (g) => {
      const last = g.node('Size', ['x']);
      const shape = g.node('Shape', ['x']);
      const end = g.node('Slice', [shape, g.ints([1]), g.node('Unsqueeze', [last, g.ints([0])])]);
      const fill = g.node('ConstantOfShape', [end], { value: onnxTensor('', [1], Float32Array.of(0.25)) });
      const steps = g.node(
        'Cast',
        [g.node('Range', [g.ints([0], []), g.node('Squeeze', [end]), g.ints([1], [])])],
        { to: 1 },
      );
      return g.node('Add', [g.node('Mul', ['x', fill]), g.node('Sqrt', [steps])]);
    },
  ],
  'weights transposed on the way': [
    [1, 6],
    (g) => g.node('MatMul', ['x', g.node('Transpose', [g.floats([4, 6])], { perm: [1, 0] })]),
  ],
  'leading normalisation and a residual block': [
    ['batch', 3, 8, 8],
    (g) => {
      const scaled = g.node('Div', [
        g.node('Sub', ['x', g.floats([1, 3, 1, 1])]),
        g.floats([1, 3, 1, 1], [0.2, 0.3, 0.4]),
      ]);
      const first = g.node('Conv', [scaled, g.floats([4, 3, 3, 3]), g.floats([4])], { pads: [1, 1, 1, 1] });
      const norm = g.node('Relu', [
        g.node('BatchNormalization', [
          first,
          g.floats([4]),
          g.floats([4]),
          g.floats([4]),
          g.floats([4], [1, 2, 0.5, 1]),
        ]),
      ]);
      const inner = g.node('Conv', [norm, g.floats([4, 4, 3, 3])], { pads: [1, 1, 1, 1] });
      const shifted = g.node('Mul', [g.node('Add', [inner, g.floats([4, 1, 1])]), g.floats([4, 1, 1])]);
      const joined = g.node('Relu', [g.node('Add', [shifted, norm])]);
      const flat = g.node('Flatten', [
        g.node('AveragePool', [joined], { kernel_shape: [2, 2], strides: [2, 2] }),
      ]);
      const hidden = g.node('Add', [
        g.node('MatMul', [g.node('Mul', [flat, g.floats([64])]), g.floats([64, 6])]),
        g.floats([6]),
      ]);
      return g.node('Gemm', [g.node('Dropout', [hidden]), g.floats([6, 3])]);
    },
  ],
  'affine layers around transposed and grouped convolutions': [
    image,
    (g) => {
      const scaled = g.node('Mul', ['x', g.floats([4, 1, 1])]);
      const grouped = g.node('Conv', [scaled, g.floats([6, 2, 2, 2])], { group: 2, pads: [1, 1, 0, 0] });
      const up = g.node('ConvTranspose', [grouped, g.floats([6, 2, 2, 2]), g.floats([4])], { group: 2 });
      const shifted = g.node('Add', [g.node('Mul', [up, g.floats([4, 1, 1])]), g.floats([4, 1, 1])]);
      return g.node('Conv', [g.node('Add', [shifted, g.floats([4, 1, 1])]), g.floats([2, 4, 1, 1])]);
    },
  ],
};

/** Compares the import in several forms with the model. */
async function expectSameOutputs(model: OnnxModel, pack = encodeModel): Promise<void> {
  const imported = importOnnxBytes(pack(model));
  const plain = await modelRunner(imported);
  const rng = createRng(2);
  const simplified = simplifyNetwork(imported);
  const split = splitNormalization(imported);
  const moved = simplifyNetwork(split);
  const behindMap = interpreted(moved);
  const networks = [
    interpreted(imported),
    interpreted(simplified),
    await exportedRunner(imported),
    await exportedRunner(simplified),
    (x: Float32Array) =>
      behindMap(Float64Array.from(x, (v, i) => v * split.scale[i] + split.shift[i]) as never),
  ];
  for (const network of networks)
    await checkImport(imported, { model: plain, network, rng, samples: 2, range: [-2, 2], tolerance: 1e-5 });
  expect(imported.network.layers.length).toBeGreaterThan(0);
  expect(sizeOf(imported.input.shape)).toBe(sizeOf(imported.network.inputShape));
}

describe('imported operations compute what ONNX Runtime does', () => {
  it.each(Object.entries(cases))('%s', async (_, [dims, build, options]) => {
    await expectSameOutputs(testModel(dims, build, options));
  });

  it('every supported operation has a case', () => {
    const used = new Set(
      Object.values(cases).flatMap(([dims, build, options]) =>
        testModel(dims, build, options).graph.nodes.map((n) => n.opType),
      ),
    );
    expect(supportedOperators.filter((op) => !used.has(op))).toEqual([]);
  });

  it('compressed models, and models of another precision', async () => {
    const model = testModel([1, 4], (g) => g.node('Gemm', ['x', g.floats([4, 3])]), { dtype: 'float64' });
    await expectSameOutputs(model, (m) => gzipSync(encodeModel(m)));
  });
});
