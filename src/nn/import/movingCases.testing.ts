/** @file Graphs for tests of the import: operations that move elements, and operations together. */
import { onnxTensor } from '../../formats/onnx/tensor.ts';
import { image, type Case } from './computingCases.testing.ts';

export const movingCases: Record<string, Case> = {
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
  'Pad, taking away on one side and adding on the other': [
    image,
    (g) => g.node('Pad', ['x', g.ints([0, 0, -3, 2, 0, 0, 4, -1]), g.floats([], [0.5])]),
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
