import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import protobuf from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { sharedPath } from '../shared.testing.ts';
import { UserError } from '../userError.ts';
import { decodeModel } from './decode.ts';
import { encodeModel } from './encode.ts';
import type { OnnxDtype, OnnxModel } from './model.ts';
import { int64Tensor, onnxTensor, tensorFloat32, tensorNumbers } from './tensor.ts';

const model: OnnxModel = {
  irVersion: 10,
  opsets: { '': 21, 'com.microsoft': 1 },
  producerName: 'certprune',
  producerVersion: '1',
  metadata: { epsilon: '0.1' },
  graph: {
    name: 'g',
    inputs: [{ name: 'x', dtype: 'float32', dims: ['batch', 3, ''] }],
    outputs: [{ name: 'y', dtype: 'float64' }],
    valueInfos: [{ name: 'z', dtype: 'bool', dims: [] }],
    initializers: [onnxTensor('w', [2], Float32Array.of(1, -0.5)), int64Tensor('axes', [0, -1])],
    nodes: [
      {
        opType: 'Everything',
        name: 'n',
        domain: 'com.microsoft',
        inputs: ['x', '', 'w'],
        outputs: ['y'],
        attributes: {
          int: { int: -3 },
          ints: { ints: [1, 2 ** 53 - 1] },
          noInts: { ints: [] },
          float: { float: 0.5 },
          floats: { floats: [1.5, -Infinity] },
          string: { string: 'NOTSET' },
          strings: { strings: ['a', 'ü'] },
          tensor: { tensor: onnxTensor('', [], Float64Array.of(Math.PI)) },
          graph: {
            graph: { name: 'sub', nodes: [], initializers: [], inputs: [], outputs: [], valueInfos: [] },
          },
        },
      },
    ],
  },
};

const plain = (value: unknown) =>
  JSON.parse(JSON.stringify(value, (_, v) => (v instanceof Uint8Array ? [...v] : v)));

/** A model whose one initializer is written by hand. */
function withTensor(write: (writer: protobuf.Writer) => void): Uint8Array {
  const tensor = protobuf.Writer.create();
  write(tensor);
  const graph = protobuf.Writer.create().uint32(42).bytes(tensor.finish()).finish();
  return protobuf.Writer.create().uint32(58).bytes(graph).finish();
}

describe('decodeModel', () => {
  it('reads back what the encoder wrote', () => {
    expect(plain(decodeModel(encodeModel(model)))).toEqual(plain(model));
  });

  it('reads gzip-compressed models', () => {
    expect(plain(decodeModel(gzipSync(encodeModel(model))))).toEqual(plain(model));
    expect(() => decodeModel(gzipSync(encodeModel(model)).subarray(0, 60))).toThrow(
      /gzip stream is truncated or damaged/,
    );
  });

  it.each<[string, number, OnnxDtype, (w: protobuf.Writer) => void, number[]]>([
    ['float_data', 1, 'float32', (w) => w.uint32(34).floats([1.5, -2]), [1.5, -2]],
    ['unpacked float_data', 1, 'float32', (w) => w.uint32(37).float(1.5).uint32(37).float(-2), [1.5, -2]],
    ['int32_data', 6, 'int32', (w) => w.uint32(42).int32s([7, -2]), [7, -2]],
    ['int32_data as int8', 3, 'int8', (w) => w.uint32(42).int32s([7, -2]), [7, -2]],
    ['int32_data as bool', 9, 'bool', (w) => w.uint32(42).int32s([1, 0]), [1, 0]],
    ['int32_data as float16', 10, 'float16', (w) => w.uint32(42).int32s([0x3c00, 0xc500]), [1, -5]],
    ['int64_data', 7, 'int64', (w) => w.uint32(58).int64s([2 ** 40, -2]), [2 ** 40, -2]],
    ['unpacked int64_data', 7, 'int64', (w) => w.uint32(56).int64(9).uint32(56).int64(-2), [9, -2]],
    ['double_data', 11, 'float64', (w) => w.uint32(82).doubles([0.1, -2]), [0.1, -2]],
    ['uint64_data', 13, 'uint64', (w) => w.uint32(90).uint64s([2 ** 52, 2]), [2 ** 52, 2]],
    ['uint64_data as uint32', 12, 'uint32', (w) => w.uint32(90).uint64s([2 ** 32 - 1, 2]), [2 ** 32 - 1, 2]],
    ['raw uint16', 4, 'uint16', (w) => w.uint32(74).bytes(Uint8Array.of(1, 0, 0, 1)), [1, 256]],
    ['int32_data as bfloat16', 16, 'bfloat16', (w) => w.uint32(42).int32s([0x3f80, 0xc0a0]), [1, -5]],
    ['raw int16', 5, 'int16', (w) => w.uint32(74).bytes(Uint8Array.of(1, 0, 255, 255)), [1, -1]],
  ])('reads tensors stored as %s', (_, code, dtype, write, values) => {
    const bytes = withTensor((w) => write(w.uint32(10).int64s([2]).uint32(16).int32(code)));
    const [tensor] = decodeModel(bytes).graph.initializers;
    expect(tensor).toMatchObject({ dtype, dims: [2] });
    expect([...tensorNumbers(tensor)]).toEqual(values);
  });

  it('widens f16, halves f64, and refuses integers where weights are wanted', () => {
    const half = { name: '', dtype: 'float16', dims: [6] } as const;
    const bits = Uint16Array.of(0x3555, 0x8000, 0x7c00, 0x7e00, 1, 0x7bff);
    expect([...tensorFloat32({ ...half, rawData: new Uint8Array(bits.buffer) })]).toEqual([
      0.333251953125,
      -0,
      Infinity,
      NaN,
      2 ** -24,
      65504,
    ]);
    expect([...tensorFloat32(onnxTensor('', [1], Float64Array.of(0.1)))]).toEqual([Math.fround(0.1)]);
    expect(() => tensorFloat32(int64Tensor('axes', [1]))).toThrow(/'axes' holds int64/);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['nothing', new Uint8Array(0), /holds no graph/],
    ['text', Buffer.from('<!DOCTYPE html><html><body>404</body></html>'), /Not a readable ONNX model: model/],
    ['a truncated file', encodeModel(model).subarray(0, 100), /cut off at byte/],
    ['external data', withTensor((w) => w.uint32(16).int32(1).uint32(112).int32(1)), /external data/],
    ['strings', withTensor((w) => w.uint32(16).int32(8)), /element type string is not supported/],
    [
      'too few elements',
      withTensor((w) => w.uint32(8).int64(3).uint32(16).int32(1)),
      /needs 3 float32 elements, but 0/,
    ],
    ['negative sizes', withTensor((w) => w.uint32(8).int64(-3).uint32(16).int32(1)), /shape \[-3\]/],
    [
      'functions',
      protobuf.Writer.create().uint32(202).bytes(new Uint8Array(0)).finish(),
      /functions of its own/,
    ],
  ])('refuses %s with the place and cause', (_, bytes, message) => {
    expect(() => decodeModel(bytes)).toThrow(UserError);
    expect(() => decodeModel(bytes)).toThrow(message);
  });

  const head = (w: protobuf.Writer, code = 1) => w.uint32(10).int64s([2]).uint32(16).int32(code);
  const floats = (w: protobuf.Writer) => w.uint32(34).floats([1.5, -2]);
  it.each<[string, (w: protobuf.Writer) => void, RegExp]>([
    ['a type given twice', (w) => floats(head(w)).uint32(16).int32(1), /field dataType is given twice/],
    [
      'raw data given twice',
      (w) => head(w).uint32(74).bytes(new Uint8Array(8)).uint32(74).bytes(new Uint8Array(8)),
      /rawData is given twice/,
    ],
    [
      'a type with a foreign wire type',
      (w) => floats(w.uint32(10).int64s([2]).uint32(21).fixed32(1)),
      /dataType has the wire type 32-bit/,
    ],
    [
      'sizes with a foreign wire type',
      (w) => floats(w.uint32(13).fixed32(2).uint32(16).int32(1)),
      /dims has the wire type 32-bit/,
    ],
    [
      'numbers with a foreign wire type',
      (w) => head(w).uint32(32).uint32(1).uint32(32).uint32(2),
      /floatData has the wire type varint/,
    ],
    ['a group', (w) => floats(head(w)).uint32(35).uint32(36), /no field of a kind/],
    ['a field of number 0', (w) => floats(head(w)).uint32(0).uint32(1), /no field of a kind/],
    [
      'raw and typed data',
      (w) => floats(head(w)).uint32(74).bytes(new Uint8Array(8)),
      /stored in floatData beside rawData/,
    ],
    ['data in the field of another type', (w) => head(w).uint32(42).int32s([1, 2]), /stored in int32Data/],
    ['int64 in uint64_data', (w) => head(w, 7).uint32(90).uint64s([1, 2]), /stored in uint64Data/],
    [
      'numbers beyond the type',
      (w) => head(w, 3).uint32(42).int32s([1, 200]),
      /200, which is no number of the type int8/,
    ],
    ['a truth value of 2', (w) => head(w, 9).uint32(74).bytes(Uint8Array.of(1, 2)), /neither 0 nor 1/],
    ['packed numbers that are cut off', (w) => head(w).uint32(34).bytes(new Uint8Array(7)), /cut off/],
    [
      'a type beyond 32 bits',
      (w) =>
        floats(
          w
            .uint32(10)
            .int64s([2])
            .uint32(16)
            .int64(2 ** 32 + 1),
        ),
      /beyond 32 bits/,
    ],
    ['a name that is no text', (w) => floats(head(w)).uint32(66).bytes(Uint8Array.of(0xff)), /not UTF-8/],
    [
      'external data without their place',
      (w) => floats(head(w)).uint32(106).bytes(new Uint8Array(0)),
      /external data/,
    ],
  ])('refuses what two readers read differently: %s', (_, write, message) => {
    expect(() => decodeModel(withTensor(write))).toThrow(UserError);
    expect(() => decodeModel(withTensor(write))).toThrow(message);
  });

  it('joins packed and unpacked numbers in their order', () => {
    const bytes = withTensor((w) =>
      w
        .uint32(8)
        .int64(2)
        .uint32(10)
        .int64s([2])
        .uint32(16)
        .int32(1)
        .uint32(37)
        .float(1)
        .uint32(34)
        .floats([2, 3])
        .uint32(37)
        .float(4),
    );
    const [tensor] = decodeModel(bytes).graph.initializers;
    expect(tensor.dims).toEqual([2, 2]);
    expect([...tensorNumbers(tensor)]).toEqual([1, 2, 3, 4]);
  });

  it('refuses a model that is given in two parts, which protobuf merges', () => {
    const bytes = encodeModel(model);
    expect(() => decodeModel(Buffer.concat([bytes, bytes]))).toThrow(/field irVersion is given twice/);
    const graph = protobuf.Writer.create().uint32(58).bytes(new Uint8Array(0)).finish();
    expect(() => decodeModel(Buffer.concat([bytes, graph]))).toThrow(/field graph is given twice/);
  });

  it('refuses subgraphs that are nested without end', () => {
    let bytes: Uint8Array = new Uint8Array(0);
    for (let depth = 0; depth < 1000; depth++) {
      const attribute = protobuf.Writer.create().uint32(50).bytes(bytes).finish();
      const node = protobuf.Writer.create().uint32(34).string('If').uint32(42).bytes(attribute).finish();
      bytes = protobuf.Writer.create().uint32(10).bytes(node).finish();
    }
    expect(() => decodeModel(protobuf.Writer.create().uint32(58).bytes(bytes).finish())).toThrow(
      /32 subgraphs/,
    );
  });

  it('answers any damage with a value or a UserError', () => {
    const good = encodeModel(model);
    fc.assert(
      fc.property(
        fc.nat(good.length),
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
        (length, edits) => {
          const bytes = good.slice();
          for (const [index, value] of edits) bytes[index] = value;
          try {
            decodeModel(bytes.subarray(0, length || good.length));
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

const vnncomp = sharedPath('vnncomp');

describe.skipIf(vnncomp === undefined)('models of VNN-COMP', () => {
  const files = readdirSync(vnncomp ?? '.', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.onnx'),
  );

  it('are all read', () => {
    expect(files.length).toBeGreaterThan(12);
    for (const name of files) {
      const { graph, opsets } = decodeModel(readFileSync(join(vnncomp ?? '.', name)));
      expect(graph.nodes.length, name).toBeGreaterThan(0);
      expect(graph.outputs, name).toHaveLength(1);
      expect(opsets[''], name).toBeGreaterThan(0);
    }
  });

  it('mean the same after decoding and encoding', async () => {
    for (const name of ['acasxu/onnx/ACASXU_run2a_1_1_batch_2000.onnx', 'rl_benchmarks/onnx/cartpole.onnx']) {
      const original = readFileSync(join(vnncomp ?? '.', name));
      const outputs = [];
      for (const bytes of [original, encodeModel(decodeModel(original))]) {
        const session = await InferenceSession.create(bytes);
        const input = decodeModel(bytes).graph.inputs.at(-1);
        const dims = (input?.dims ?? []).map((size) => (typeof size === 'number' && size > 0 ? size : 1));
        const count = dims.reduce((product, size) => product * size, 1);
        const x = Float32Array.from({ length: count }, (__, index) => Math.sin(index));
        const result = await session.run({ [session.inputNames[0]]: new Tensor('float32', x, dims) });
        outputs.push([...(result[session.outputNames[0]].data as Float32Array)]);
      }
      expect(outputs[1], name).toEqual(outputs[0]);
    }
  });
});
