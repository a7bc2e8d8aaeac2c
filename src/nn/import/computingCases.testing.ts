/** @file Graphs of one operation for tests of the import: operations that compute. */
import type { TestGraph, testModel } from './graph.testing.ts';

/** A graph's input, its nodes, and how the model is written. */
export type Case = readonly [
  dims: readonly (number | string)[],
  build: (g: TestGraph) => string,
  options?: Parameters<typeof testModel>[2],
];

export const image = [1, 4, 6, 5] as const;

export const computingCases: Record<string, Case> = {
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
  'ConvTranspose SAME': [
    image,
    (g) =>
      g.node('ConvTranspose', ['x', g.floats([4, 3, 3, 4])], { auto_pad: 'SAME_UPPER', strides: [2, 3] }),
  ],
  'ConvTranspose, an output_shape that no tap reaches': [
    image,
    (g) =>
      g.node('ConvTranspose', ['x', g.floats([4, 3, 2, 2]), g.floats([3])], {
        strides: [2, 2],
        output_shape: [11, 11],
      }),
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
};
