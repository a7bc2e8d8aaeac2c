import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../data/rng.ts';
import { decodeModel } from '../../formats/onnx/decode.ts';
import { encodeModel } from '../../formats/onnx/encode.ts';
import type { OnnxModel } from '../../formats/onnx/model.ts';
import { UserError } from '../../formats/userError.ts';
import { simplifyNetwork } from '../simplifyNetwork.ts';
import { checkImport, interpreted } from './compare.testing.ts';
import { modelRunner } from './runners.ts';
import { testModel, type TestGraph } from './graph.testing.ts';
import { importOnnx, importOnnxBytes } from './importOnnx.ts';

const vector = (build: (g: TestGraph) => string, options?: Parameters<typeof testModel>[2]): OnnxModel =>
  testModel([1, 4], build, options);
const image = (build: (g: TestGraph) => string): OnnxModel => testModel([1, 2, 5, 5], build);
const relu = vector((g) => g.node('Relu', ['x']));
const withGraph = (graph: Partial<OnnxModel['graph']>): OnnxModel => ({
  ...relu,
  graph: { ...relu.graph, ...graph },
});

const faults: Record<string, readonly [OnnxModel, RegExp]> = {
  'unsupported operations, all at once': [
    vector((g) => g.node('Softmax', [g.node('Erf', ['x'])])),
    /not supported: node 'n0' \(Erf\), node 'n1' \(Softmax\)\. Supported are: .*Conv.*Relu/,
  ],
  'another domain': [
    withGraph({
      nodes: [{ opType: 'Relu', name: 'mine', domain: 'com.example', inputs: ['x'], outputs: ['y'] }],
    }),
    /not supported: node 'mine' \(Relu\)/,
  ],
  'products of branches': [
    vector((g) => g.node('Mul', ['x', g.node('Relu', ['x'])])),
    /node 'n1' \(Mul\): the product of two values that both depend on the input/,
  ],
  'quotients of branches': [
    vector((g) => g.node('Div', [g.floats([4]), 'x'])),
    /node 'n0' \(Div\).*not supported/,
  ],
  'matrix products of branches': [
    vector((g) => g.node('MatMul', ['x', g.node('Transpose', ['x'])])),
    /node 'n1' \(MatMul\): the product/,
  ],
  'weights that are not finite': [
    vector((g) => g.node('MatMul', ['x', g.floats([4, 1], [1, NaN, 2, 3])])),
    /node 'n0' \(MatMul\): its weight holds NaN \(element 1\)/,
  ],
  'infinite constants': [
    vector((g) => g.node('Add', ['x', g.floats([1], [Infinity])])),
    /its bias holds Infinity/,
  ],
  'weights that depend on the input': [
    image((g) => g.node('Conv', ['x', 'x'])),
    /node 'n0' \(Conv\): its weights 'x' depends on the network's input/,
  ],
  'shapes that do not multiply': [
    vector((g) => g.node('MatMul', ['x', g.floats([3, 2])])),
    /node 'n0' \(MatMul\): shapes \[1,4\] and \[3,2\]/,
  ],
  'shapes that do not add': [
    vector((g) => g.node('Add', ['x', g.floats([3])])),
    /\(Add\): shapes \[1,4\] and \[3\]/,
  ],
  'channels that do not fit': [
    image((g) => g.node('Conv', ['x', g.floats([2, 3, 3, 3])])),
    /node 'n0' \(Conv\): Layer conv1 \(conv2d\) cannot take \[2,5,5\]: it needs 3 channels/,
  ],
  'a kernel larger than its input': [
    image((g) => g.node('Conv', ['x', g.floats([1, 2, 7, 7])])),
    /kernel is larger/,
  ],
  'reshape to another size': [vector((g) => g.node('Reshape', ['x', g.ints([3, -1])])), /cannot be laid out/],
  'a slice outside': [vector((g) => g.node('Slice', ['x', g.ints([5]), g.ints([9]), g.ints([1])])), /empty/],
  'a gather outside': [
    vector((g) => g.node('Gather', ['x', g.ints([4])], { axis: 1 })),
    /position 4 is outside axis 1/,
  ],
  'pads that leave nothing': [
    vector((g) => g.node('Pad', ['x', g.ints([0, 2, 0, -6])])),
    /its pads \[0,2,0,-6\] take away all of axis 1 of \[1,4\]/,
  ],
  'pads that are larger than a result': [
    image((g) => g.node('ConvTranspose', ['x', g.floats([2, 2, 2, 2])], { pads: [3, 3, 3, 3] })),
    /its padding cuts everything off/,
  ],
  'a result as large as the strides, of a shorter kernel': [
    image((g) =>
      g.node('ConvTranspose', ['x', g.floats([2, 2, 1, 1])], { auto_pad: 'SAME_UPPER', strides: [2, 2] }),
    ),
    /its auto_pad SAME_UPPER asks for \[10,10\], but its kernel makes \[9,9\] of the input/,
  ],
  'an output_shape beyond strides and kernel': [
    image((g) => g.node('ConvTranspose', ['x', g.floats([2, 2, 2, 2])], { output_shape: [8, 8] })),
    /its output_shape \[8,8\] is larger than its result/,
  ],
  'a pool that leaves elements out beside automatic padding': [
    image((g) => g.node('MaxPool', ['x'], { kernel_shape: [1, 1], strides: [3, 3], auto_pad: 'SAME_UPPER' })),
    /its auto_pad SAME_UPPER with strides \[3,3\] leaves elements out/,
  ],
  'an axis outside': [vector((g) => g.node('Concat', ['x', 'x'], { axis: 2 })), /axis 2 is outside/],
  'a batch of several inputs': [
    testModel([3, 2, 5, 5], (g) => g.node('GlobalAveragePool', ['x'])),
    /batch axis has length 3/,
  ],
  volumes: [testModel([1, 2, 3, 4, 5], (g) => g.node('Conv', ['x', g.floats([1, 2, 1, 1, 1])])), /neither/],
  'training mode': [
    image((g) =>
      g.node('BatchNormalization', ['x', ...[1, 2, 3, 4].map(() => g.floats([2]))], { training_mode: 1 }),
    ),
    /training mode/,
  ],
  'training mode, told by the outputs': [
    image((g) => {
      const inputs = ['x', ...[1, 2, 3, 4].map(() => g.floats([2]))];
      return g.node('BatchNormalization', inputs, {}, ['v', 'm1', 'v1', 'm2', 'v2']);
    }),
    /training mode/,
  ],
  'an old operator set': [vector((g) => g.node('Relu', ['x']), { opset: 6 }), /operator set 6; 7 and later/],
  'open image sizes': [
    testModel(['N', 3, 'height', 8], (g) => g.node('Relu', ['x'])),
    /Axis 2 of the model's input 'x'.*height/,
  ],
  'whole numbers as input': [
    withGraph({ inputs: [{ name: 'x', dtype: 'int64', dims: [1, 4] }] }),
    /holds int64/,
  ],
  'no shape': [withGraph({ inputs: [{ name: 'x', dtype: 'float32' }] }), /does not tell the shape/],
  'two inputs': [
    withGraph({ inputs: [...relu.graph.inputs, { name: 'z', dtype: 'float32', dims: [1] }] }),
    /2 inputs/,
  ],
  'two outputs': [
    withGraph({ outputs: [...relu.graph.outputs, { name: 'x', dtype: 'float32' }] }),
    /2 outputs/,
  ],
  'an output nobody makes': [
    withGraph({ outputs: [{ name: 'z', dtype: 'float32' }] }),
    /makes its output 'z'/,
  ],
  'a value nobody makes': [
    withGraph({ nodes: [{ opType: 'Relu', inputs: ['q'], outputs: ['y'] }] }),
    /node 'y' \(Relu\): it reads 'q', which nothing before it makes/,
  ],
  'a constant output': [
    withGraph({
      nodes: [{ opType: 'Constant', inputs: [], outputs: ['y'], attributes: { value_float: { float: 1 } } }],
    }),
    /does not depend on its input/,
  ],
  'attributes of another kind': [
    withGraph({
      nodes: [{ opType: 'LeakyRelu', inputs: ['x'], outputs: ['y'], attributes: { alpha: { int: 1 } } }],
    }),
    /alpha is not of the kind float/,
  ],
};

describe('faults of models', () => {
  it.each(Object.entries(faults))('%s', (_, [model, message]) => {
    const read = (): unknown => importOnnx(decodeModel(encodeModel(model)));
    expect(read).toThrow(UserError);
    expect(read).toThrow(message);
  });

  it('dead parts are not looked at', () => {
    const model = vector((g) => {
      g.node('Softmax', ['x']);
      return g.node('Relu', ['x']);
    });
    expect(importOnnx(model).network.layers).toHaveLength(1);
  });

  it('a disagreement is reported', async () => {
    const imported = importOnnx(relu);
    const check = { network: interpreted(imported), rng: createRng(1) };
    await expect(checkImport(imported, { ...check, model: (x) => x.map((v) => v + 1) })).rejects.toThrow(
      /disagrees/,
    );
    await expect(checkImport(imported, { ...check, model: () => [1] })).rejects.toThrow(/1 outputs/);
  });
});

/** Operations that keep [1,C,H,W], by what they need. */
const steps: readonly ((g: TestGraph, x: string, channels: number) => readonly [string, number])[] = [
  (g, x, c) => [
    g.node('Conv', [x, g.floats([c + 1, c, 3, 3]), g.floats([c + 1])], { pads: [1, 1, 1, 1] }),
    c + 1,
  ],
  (g, x, c) => [g.node('Conv', [x, g.floats([2, c, 2, 1])], { pads: [1, 0, 0, 0] }), 2],
  (g, x, c) => [
    g.node('BatchNormalization', [
      x,
      g.floats([c]),
      g.floats([c]),
      g.floats([c]),
      g.floats([c], new Float64Array(c).fill(2)),
    ]),
    c,
  ],
  (g, x, c) => [g.node('Relu', [x]), c],
  (g, x, c) => [g.node('Clip', [x, g.floats([], [-1]), g.floats([], [2])]), c],
  (g, x, c) => [g.node('LeakyRelu', [x]), c],
  (g, x, c) => [g.node('Tanh', [x]), c],
  (g, x, c) => [g.node('MaxPool', [x], { kernel_shape: [2, 2], pads: [0, 0, 1, 1] }), c],
  (g, x, c) => [g.node('AveragePool', [x], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }), c],
  (g, x, c) => [g.node('Add', [x, g.floats([c, 1, 1])]), c],
  (g, x, c) => [g.node('Mul', [g.floats([1]), x]), c],
  (g, x, c) => [g.node('Sub', [g.floats([4]), x]), c],
  (g, x, c) => [g.node('Add', [x, g.node('Relu', [x])]), c],
  (g, x, c) => [g.node('Concat', [x, g.node('Neg', [x])], { axis: 1 }), 2 * c],
  (g, x, c) => [g.node('Transpose', [x], { perm: [0, 1, 3, 2] }), c],
  (g, x, c) => [g.node('Slice', [x, g.ints([0]), g.ints([2]), g.ints([1])]), Math.min(2, c)],
  (g, x, c) => [g.node('Reshape', [g.node('Flatten', [x]), g.ints([1, c, 4, 4])]), c],
  (g, x, c) => [g.node('MatMul', [x, g.floats([4, 4])]), c],
  (g, x, c) => [g.node('Gather', [x, g.ints([3, 1, 1, 0])], { axis: 2 }), c],
  (g, x, c) => [g.node('Sub', [x, g.node('ReduceMean', [x], { axes: [2, 3] })]), c],
];

describe('random models', () => {
  it('compute what ONNX Runtime does, simplified too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(steps.length - 1), { minLength: 1, maxLength: 7 }),
        fc.nat(),
        async (picks, seed) => {
          const model = testModel(
            [1, 2, 4, 4],
            (g) => {
              let [x, channels] = ['x', 2];
              for (const pick of picks) [x, channels] = steps[pick](g, x, channels) as [string, number];
              return g.node('Gemm', [g.node('Flatten', [x]), g.floats([16 * channels, 3])]);
            },
            { seed },
          );
          const bytes = encodeModel(model);
          const imported = importOnnxBytes(bytes);
          const plain = await modelRunner(imported);
          for (const network of [imported, simplifyNetwork(imported)]) {
            const check = {
              model: plain,
              network: interpreted(network),
              rng: createRng(seed),
              samples: 1,
              tolerance: 1e-4,
            };
            await checkImport(imported, check);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('damaged models give a value or a UserError', () => {
    const good = encodeModel(
      image((g) =>
        g.node('Gemm', [
          g.node('Flatten', [g.node('Conv', ['x', g.floats([2, 2, 2, 2])])]),
          g.floats([32, 2]),
        ]),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        (edits) => {
          const bytes = good.slice();
          for (const [index, value] of edits) bytes[index] = value;
          try {
            importOnnx(decodeModel(bytes));
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});
