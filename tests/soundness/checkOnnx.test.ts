/** The checker's reader of ONNX against the prover's, which shares no line with it. */
import { statSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../src/check/files/readModel.ts';
import { readTensor } from '../../src/check/files/tensor.ts';
import { Message } from '../../src/check/files/wire.ts';
import { bytesOf } from '../../src/formats/ndArray.ts';
import { decodeModel } from '../../src/formats/onnx/decode.ts';
import { encodeModel } from '../../src/formats/onnx/encode.ts';
import type { OnnxModel, OnnxTensor } from '../../src/formats/onnx/model.ts';
import { contents, files, outcome, tried } from './readers.testing.ts';

const numbersOf = ({ dtype, rawData }: OnnxTensor): number[] | undefined => {
  const bytes = rawData.slice().buffer;
  if (dtype === 'float32') return Array.from(new Float32Array(bytes));
  if (dtype === 'int64') return Array.from(new BigInt64Array(bytes), (x) => Number(x));
  return undefined;
};

/** Integers beyond ±2^53 are infinite. */
const safe = (x: unknown): unknown =>
  Number.isInteger(x) && !Number.isSafeInteger(x) ? (x as number) * Infinity : x;

function expectSameModel(mine: ReturnType<typeof readModel>, theirs: OnnxModel): void {
  const { graph } = theirs;
  expect(mine.opset).toBe(theirs.opsets['']);
  expect(mine.nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs])).toEqual(
    graph.nodes.map(({ opType, inputs, outputs }) => [opType, inputs, outputs]),
  );
  for (const [i, node] of graph.nodes.entries())
    for (const [key, value] of Object.entries(node.attributes ?? {})) {
      const [theirs] = Object.values(value);
      const own = mine.nodes[i].attributes.get(key);
      if ('tensor' in value)
        expect(own).toMatchObject({ shape: value.tensor.dims, type: value.tensor.dtype });
      else if ('int' in value) expect(own).toBe(safe(theirs));
      else expect(own).toEqual('ints' in value ? value.ints.map(safe) : theirs);
    }
  expect([...mine.constants.keys()]).toEqual(graph.initializers.map(({ name }) => name));
  for (const tensor of graph.initializers) {
    const own = mine.constants.get(tensor.name)!;
    expect([own.shape, own.type]).toEqual([tensor.dims, tensor.dtype]);
    const numbers = numbersOf(tensor);
    if (numbers) {
      const differs = numbers.findIndex((x, at) => !Object.is(x, own.values[at]) && Math.abs(x) < 2 ** 53);
      expect(differs, tensor.name).toBe(-1);
    }
  }
  const inputs = graph.inputs.filter(({ name }) => !mine.constants.has(name));
  expect(mine.inputs.map(({ name, type }) => [name, type])).toEqual(
    inputs.map(({ name, dtype }) => [name, dtype]),
  );
  expect(mine.outputs.map(({ name }) => name)).toEqual(graph.outputs.map(({ name }) => name));
}

describe('ONNX', () => {
  const models = files(/\.onnx(\.gz)?$/).filter((path) => statSync(path).size < 30e6);
  it.skipIf(models.length === 0)(
    'of the reference data is read alike',
    () => {
      const kinds = new Map<string, number>();
      for (const path of models) {
        const bytes = contents(path);
        const theirs = tried(() => decodeModel(bytes));
        const mine = outcome(() => readModel(bytes));
        const kind = typeof mine === 'string' ? mine : 'read';
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        if (typeof mine === 'string')
          expect(theirs === undefined || mine === 'operator-unknown', `${path}: ${mine}`).toBe(true);
        else expectSameModel(mine, theirs!);
      }
      console.log(Object.fromEntries(kinds));
    },
    120_000,
  );

  const dtypes = [
    'float32',
    'float64',
    'float16',
    'bfloat16',
    'int64',
    'int32',
    'int8',
    'uint8',
    'bool',
  ] as const;
  const small: OnnxModel = {
    irVersion: 8,
    opsets: { '': 17 },
    graph: {
      name: 'g',
      nodes: [
        {
          opType: 'Gemm',
          inputs: ['x', 'w', ''],
          outputs: ['y'],
          attributes: { alpha: { float: 0.5 }, transB: { int: 1 } },
        },
        {
          opType: 'Pad',
          name: 'p',
          inputs: ['y'],
          outputs: ['z'],
          attributes: { pads: { ints: [0, -1, 2] }, mode: { string: 'edge' } },
        },
      ],
      initializers: [
        {
          name: 'w',
          dtype: 'float32',
          dims: [2, 3],
          rawData: bytesOf(Float32Array.of(1, -0, 0.1, 1e-45, 5, 6)),
        },
        ...dtypes.map((dtype) => ({
          name: dtype,
          dtype,
          dims: [0],
          rawData: new Uint8Array(),
        })),
      ],
      inputs: [{ name: 'x', dtype: 'float32', dims: ['n', 3] }],
      outputs: [{ name: 'z', dtype: 'float32', dims: ['n', 3] }],
    },
  };

  it('of our own making is read alike', () => {
    const bytes = encodeModel(small);
    const model = readModel(bytes);
    expectSameModel(model, decodeModel(bytes));
    expect(model.inputs[0].shape).toEqual([undefined, 3]);
  });

  it('cut off or changed anywhere is read, or fails by name', () => {
    const bytes = encodeModel(small);
    for (let length = 0; length < bytes.length; length++) outcome(() => readModel(bytes.subarray(0, length)));
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = bytes.slice();
        changed[at] = value;
        const mine = outcome(() => readModel(changed));
        if (typeof mine === 'string') return;
        const theirs = tried(() => decodeModel(changed));
        if (theirs) expectSameModel(mine, theirs);
      }),
      { numRuns: 2000, seed: 1 },
    );
  });

  describe('elements beside raw bytes', () => {
    /** A TensorProto of two elements, packed in a field. */
    const tensor = (type: number, field: number, body: readonly number[]) =>
      readTensor(
        new Message(Uint8Array.of(8, 2, 16, type, (field << 3) | 2, body.length, ...body), 'a tensor'),
      ).values;
    it.each([
      // 1.5 and −2^-24 in half precision, 1.5 and −3 in bfloat16: their bits as varints.
      ['float16', 10, 5, [0x80, 0x7c, 0x81, 0x80, 0x02], [1.5, -(2 ** -24)]],
      ['bfloat16', 16, 5, [0xc0, 0x7f, 0xc0, 0x80, 0x03], [1.5, -3]],
      ['int8', 3, 5, [127, ...Array<number>(9).fill(255), 1], [127, -1]],
      ['uint8', 2, 5, [0xff, 1, 0], [255, 0]],
      ['uint64', 13, 11, [1, ...Array<number>(9).fill(255), 1], [1, Infinity]],
      ['float32', 1, 4, [0, 0, 0xc0, 0x3f, 0, 0, 0, 0x80], [1.5, -0]],
    ])('%s', (_name, type, field, body, values) => {
      expect([...tensor(type, field, body)]).toEqual(values);
    });
    it.each([
      ['a byte of 200 in int8', 3, 5, [0xc8, 1, 0]],
      ['half precision beyond 16 bits', 10, 5, [0x80, 0x80, 0x04, 0]],
      ['a truth value of 2', 9, 5, [2, 0]],
      ["floats in another type's field", 1, 5, [1, 1]],
      ['one element too few', 7, 7, [1]],
      ['a number that is cut off', 7, 7, [1, 0x80]],
    ])('%s is refused', (_name, type, field, body) => {
      expect(outcome(() => tensor(type, field, body))).toBe('model-malformed');
    });
  });
});
