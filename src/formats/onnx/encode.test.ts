import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { encodeModel } from './encode.ts';
import type { OnnxModel } from './model.ts';
import { int64Tensor, onnxTensor } from './tensor.ts';

const convRelu: OnnxModel = {
  irVersion: 10,
  opsets: { '': 21 },
  producerName: 'certprune',
  graph: {
    name: 'convRelu',
    inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', 1, 3, 3] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: ['batch', 4] }],
    initializers: [
      onnxTensor('w', [1, 1, 2, 2], Float32Array.of(1, 2, 3, 4)),
      onnxTensor('b', [1], Float32Array.of(-30)),
      int64Tensor('shape', [-1, 4]),
    ],
    nodes: [
      {
        opType: 'Conv',
        inputs: ['x', 'w', 'b'],
        outputs: ['c'],
        attributes: { strides: { ints: [1, 1] }, pads: { ints: [0, 0, 0, 0] }, group: { int: 1 } },
      },
      { opType: 'Relu', inputs: ['c'], outputs: ['r'], name: 'relu' },
      { opType: 'Reshape', inputs: ['r', 'shape'], outputs: ['y'] },
    ],
  },
};

describe('encodeModel', () => {
  it('writes a Conv, Relu, Reshape model that ONNX Runtime runs', async () => {
    const session = await InferenceSession.create(encodeModel(convRelu));
    const x = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
    const { y } = await session.run({ x: new Tensor('float32', x, [1, 1, 3, 3]) });
    expect(y.dims).toEqual([1, 4]);
    // Rows of x times (1 2; 3 4): 37 47 67 77, less 30.
    expect([...(y.data as Float32Array)]).toEqual([7, 17, 37, 47]);
  });

  it('writes subgraphs: an If that chooses a branch', async () => {
    const branch = (name: string, value: number) => ({
      name,
      nodes: [
        {
          opType: 'Constant',
          inputs: [],
          outputs: [name],
          attributes: { value: { tensor: onnxTensor('', [1], Float32Array.of(value)) } },
        },
      ],
      initializers: [],
      inputs: [],
      outputs: [{ name, dtype: 'float32' as const, dims: [1] }],
    });
    const model: OnnxModel = {
      irVersion: 10,
      opsets: { '': 21 },
      graph: {
        name: 'choice',
        inputs: [{ name: 'condition', dtype: 'bool', dims: [] }],
        outputs: [{ name: 'y', dtype: 'float32', dims: [1] }],
        initializers: [],
        nodes: [
          {
            opType: 'If',
            inputs: ['condition'],
            outputs: ['y'],
            attributes: {
              then_branch: { graph: branch('yes', 1) },
              else_branch: { graph: branch('no', 2) },
            },
          },
        ],
      },
    };
    const session = await InferenceSession.create(encodeModel(model));
    const { y } = await session.run({ condition: new Tensor('bool', [false], []) });
    expect([...(y.data as Float32Array)]).toEqual([2]);
  });

  it('writes weights of many megabytes in little time', () => {
    const weights = new Float32Array(4_000_000).fill(0.5);
    const begin = performance.now();
    const bytes = encodeModel({
      ...convRelu,
      graph: { ...convRelu.graph, initializers: [onnxTensor('w', [weights.length], weights)] },
    });
    expect(bytes.length).toBeGreaterThan(16_000_000);
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  it('clamps integers to int64: "to the end" is written as the largest', () => {
    const bytes = encodeModel({
      ...convRelu,
      graph: {
        ...convRelu.graph,
        nodes: [
          {
            opType: 'Slice',
            inputs: ['x'],
            outputs: ['y'],
            attributes: { ends: { ints: [2 ** 63] } },
          },
        ],
      },
    });
    const largest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
    expect(Buffer.from(bytes).includes(Buffer.from(largest))).toBe(true);
  });
});
