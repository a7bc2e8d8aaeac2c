import { readFileSync } from 'node:fs';
import { zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesOf } from './ndArray.ts';
import { decodeModel } from './onnx/decode.ts';
import { tensorFloat32 } from './onnx/tensor.ts';
import { sharedPath } from './shared.testing.ts';
import { stateDictOf } from './stateDict.ts';
import {
  call,
  code,
  dict,
  global,
  int,
  legacy,
  list,
  storage,
  tensor,
  text,
  tuple,
  uint32,
  zipped,
} from './torch.testing.ts';
import { decodeTorch, readTorch } from './torchFile.ts';
import { PickleObject } from './pickle.ts';
import { UserError } from './userError.ts';

const six = bytesOf(Float32Array.of(0, 1, 2, 3, 4, 5));
const sixStorage = storage('FloatStorage', '7', 6);
const row = (shape: number[], stride: number[], offset = 0) => tensor(sixStorage, offset, shape, stride);
const one = (value: unknown) => [...stateDictOf(value).values()][0];

describe('decodeTorch', () => {
  it('reads both formats to the same value', () => {
    const body = dict(text('w'), row([2, 3], [3, 1]));
    const expected = new Map([
      ['w', { dtype: 'float32', shape: [2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) }],
    ]);
    expect(stateDictOf(decodeTorch(zipped(body, { '7': six })))).toEqual(expected);
    expect(stateDictOf(decodeTorch(legacy(body, { '7': [6, six] })))).toEqual(expected);
  });

  it.each<[number[], number[], number, number[]]>([
    [[3, 2], [1, 3], 0, [0, 3, 1, 4, 2, 5]],
    [[2], [2], 1, [1, 3]],
    [[2, 2], [0, 1], 4, [4, 5, 4, 5]],
    [[], [], 3, [3]],
    [[0, 5], [5, 1], 0, []],
    [[1, 6], [99, 1], 0, [0, 1, 2, 3, 4, 5]],
  ])('honours shape %j, stride %j, offset %i', (shape, stride, offset, expected) => {
    const { data } = one(decodeTorch(zipped(dict(text('w'), row(shape, stride, offset)), { '7': six })));
    expect([...data].map(Number)).toEqual(expected);
  });

  it.each<[string, Uint8Array, string, number[]]>([
    ['DoubleStorage', bytesOf(Float64Array.of(0.1, 2)), 'float64', [0.1, 2]],
    ['LongStorage', bytesOf(BigInt64Array.of(-3n, 4n)), 'int64', [-3, 4]],
    ['IntStorage', bytesOf(Int32Array.of(-3, 4)), 'int32', [-3, 4]],
    ['ShortStorage', bytesOf(Int16Array.of(-3, 4)), 'int32', [-3, 4]],
    ['CharStorage', bytesOf(Int8Array.of(-3, 4)), 'int32', [-3, 4]],
    ['ByteStorage', Uint8Array.of(3, 255), 'uint8', [3, 255]],
    ['BoolStorage', Uint8Array.of(1, 0), 'bool', [1, 0]],
    ['HalfStorage', bytesOf(Uint16Array.of(0x3c00, 0xc500)), 'float32', [1, -5]],
    ['BFloat16Storage', bytesOf(Uint16Array.of(0x3f80, 0xc0a0)), 'float32', [1, -5]],
  ])('reads a %s', (type, bytes, dtype, expected) => {
    const body = dict(text('w'), tensor(storage(type, 'k', 2), 0, [2], [1]));
    const result = one(decodeTorch(zipped(body, { k: bytes })));
    expect(result.dtype).toBe(dtype);
    expect([...result.data].map(Number)).toEqual(expected);
  });

  it('reads windows on shared storages of old files', () => {
    const window = storage('FloatStorage', '7', 6, tuple(text('view'), int(2), int(3)));
    const body = dict(text('w'), tensor(window, 1, [2], [1]));
    expect([...one(decodeTorch(legacy(body, { '7': [6, six] }))).data]).toEqual([3, 4]);
  });

  it('runs no code: a call to the shell stays inert data', () => {
    const value = decodeTorch(zipped(call(global('os', 'system'), text('touch broken-into')), {}));
    expect(value).toBeInstanceOf(PickleObject);
    expect(value).toMatchObject({ pythonClass: 'os.system', args: ['touch broken-into'] });
    expect(() => stateDictOf(value)).toThrow(/Python class os\.system, not its weights/);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['foreign bytes', Buffer.from('hello'), /neither as a zip/],
    ['a zip without a pickle', zipSync({ 'a.txt': six }), /no data\.pkl/],
    ['a cut zip', zipped(dict(), { '7': six }).subarray(0, 80), /damaged or cut off/],
    ['a TorchScript program', zipped(dict(), {}, { 'm/constants.pkl': six }), /TorchScript/],
    ['a big-endian file', zipped(dict(), {}, { 'm/byteorder': Buffer.from('big') }), /big-endian/],
    ['a missing storage', zipped(dict(text('w'), row([6], [1])), {}), /lacks the storage data\/7/],
    ['a short storage', zipped(dict(text('w'), row([6], [1])), { '7': six.subarray(4) }), /20 of 24 bytes/],
    [
      'a tensor beyond its storage',
      zipped(dict(text('w'), row([7], [1])), { '7': six }),
      /beyond its storage/,
    ],
    [
      'a cut legacy file',
      legacy(dict(text('w'), row([6], [1])), { '7': [6, six.subarray(4)] }),
      /needs 24 bytes/,
    ],
    [
      'a legacy file cut in its pickle',
      legacy(dict(text('w'), row([6], [1])), {}).subarray(0, 90),
      /cut off at byte/,
    ],
    [
      'a storage of another length',
      legacy(dict(text('w'), row([6], [1])), { '7': [5, six] }),
      /holds 5 elements/,
    ],
    ['a negative length', zipped(code('B', uint32(2 ** 32 - 7)), {}), /negative length/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => decodeTorch(bytes)).toThrow(UserError);
    expect(() => decodeTorch(bytes)).toThrow(message);
  });

  it.each<[string, Uint8Array]>([
    ['zip', zipped(dict(text('w'), row([2, 3], [3, 1])), { '7': six })],
    ['legacy', legacy(dict(text('w'), row([3, 2], [1, 3])), { '7': [6, six] })],
  ])('answers any damage of %s files with a value or a UserError', (_, good) => {
    fc.assert(
      fc.property(
        fc.nat(good.length),
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 4 }),
        (cut, edits) => {
          const bytes = good.slice();
          for (const [index, value] of edits) bytes[index] = value;
          try {
            stateDictOf(decodeTorch(bytes.subarray(0, good.length - (cut % 3 === 0 ? cut : 0))));
          } catch (error) {
            expect(error).toBeInstanceOf(UserError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('stateDictOf', () => {
  const read = (body: Buffer) => stateDictOf(decodeTorch(zipped(body, { '7': six })));
  const weights = row([2], [1], 1);

  it('takes the state dict out of dicts, lists of one and DataParallel', () => {
    const inner = dict(text('module.a.weight'), weights, text('module.a.bias'), weights);
    const wrapped = list(dict(text('epoch'), int(3), text('state_dict'), inner));
    expect([...read(wrapped).keys()]).toEqual(['a.weight', 'a.bias']);
  });

  it('multiplies pruned weights with their masks', () => {
    const result = read(dict(text('a.weight_orig'), row([6], [1]), text('a.weight_mask'), row([6], [0], 2)));
    expect([...result]).toEqual([
      ['a.weight', { dtype: 'float32', shape: [6], data: Float32Array.of(0, 2, 4, 6, 8, 10) }],
    ]);
    expect(() => read(dict(text('w_orig'), row([6], [1]), text('w_mask'), weights))).toThrow(
      /w_orig has shape \[6\]/,
    );
  });

  it('says what it found where there are no tensors', () => {
    expect(() => read(int(5))).toThrow(/no state dict/);
    expect(() => read(dict(text('epoch'), int(5)))).toThrow(/no tensors in it/);
    expect(() => read(dict(text('w'), call(global('torch._utils', '_rebuild_sparse_tensor'))))).toThrow(
      /'w' is of the Python class torch\._utils\._rebuild_sparse_tensor/,
    );
  });
});

const models = sharedPath('models');

describe.skipIf(models === undefined)('public models', () => {
  it.each([
    ['oval/cifar_base.pth', 'oval21_2021/onnx/cifar_base_kw.onnx'],
    ['resnet/resnet2b.pth', 'cifar10_resnet_2021/onnx/resnet_2b.onnx'],
  ])('%s holds the weights of %s', (file, onnx) => {
    const state = stateDictOf(readTorch(`${models}/${file}`));
    const { initializers } = decodeModel(readFileSync(`${models}/../vnncomp/${onnx}`)).graph;
    const exported = initializers
      .filter((t) => t.dtype === 'float32')
      .map((t) => [...tensorFloat32(t)].join());
    for (const [name, { data }] of state)
      expect(exported, name).toContain([...(data as Float32Array)].join());
  });

  it('are read in both formats', () => {
    const state = stateDictOf(readTorch(`${models}/sdp/mnist_cnn_a_adv.model`));
    expect([...state].map(([name, { shape }]) => [name, shape])).toContainEqual(['5.weight', [100, 1568]]);
    expect(stateDictOf(readTorch(`${models}/eran/mnist_6_100_nat.pth`)).size).toBe(12);
    const bytes = readFileSync(`${models}/oval/cifar_base.pth`);
    expect(() => decodeTorch(bytes.subarray(0, bytes.length - 100))).toThrow(
      /needs .* bytes, but .* are left/,
    );
  });
});
