/** @file Every reader of foreign bytes by name, and small sound files for each. */
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { readCifarPickle } from '../../src/data/cifarPickle.ts';
import { parseCsv } from '../../src/formats/csv.ts';
import { gunzipIfNeeded, parseIdx } from '../../src/formats/idx.ts';
import { encodeMat } from '../../src/formats/mat.testing.ts';
import { readMat } from '../../src/formats/mat.ts';
import { decodeNpy, encodeNpy } from '../../src/formats/npy.ts';
import { decodeNpz, encodeNpz } from '../../src/formats/npz.ts';
import { decodeModel } from '../../src/formats/onnx/decode.ts';
import { encodeModel } from '../../src/formats/onnx/encode.ts';
import type { OnnxModel } from '../../src/formats/onnx/model.ts';
import { onnxTensor } from '../../src/formats/onnx/tensor.ts';
import { decodePng } from '../../src/formats/png.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/formats/safetensors.ts';
import { openSealed, sealedJson } from '../../src/formats/sealed.ts';
import { stateDictOf } from '../../src/formats/stateDict.ts';
import { encodeTar } from '../../src/formats/tar.testing.ts';
import { tarEntries } from '../../src/formats/tar.ts';
import { decodeTorch } from '../../src/formats/torchFile.ts';
import { parseVnnlib } from '../../src/formats/vnnlib/read.ts';
import { parseYaml } from '../../src/formats/yaml.ts';
import { parseEvents } from '../../src/report/readFile.ts';
import { parseVerdicts } from '../../src/report/readVerdicts.ts';
import { resolveConfig } from '../../src/run/config/resolve.ts';
import { readPayload } from '../../src/run/sweep/job.ts';
import { resolveStudy } from '../../src/run/sweep/study.ts';
import { verdictCsv } from '../../src/run/verdictFiles.ts';

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** What is done with the bytes of a file; it returns, or throws a `UserError`. */
export const readers: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  idx: (bytes) => parseIdx(gunzipIfNeeded(bytes, 'f'), 'f'),
  npy: decodeNpy,
  npz: (bytes) => decodeNpz(bytes),
  png: (bytes) => decodePng(bytes, 'f'),
  mat: (bytes) => readMat(bytes, 'f'),
  tar: (bytes) => Array.from(tarEntries(gunzipIfNeeded(bytes, 'f'), 'f'), ({ name }) => name),
  safetensors: decodeSafetensors,
  torch: (bytes) => stateDictOf(decodeTorch(bytes)),
  cifarPickle: (bytes) => readCifarPickle(bytes, 'f', 'labels'),
  csv: (bytes) => parseCsv(textOf(bytes)),
  events: (bytes) => parseEvents(textOf(bytes), 'f'),
  verdicts: (bytes) => parseVerdicts(textOf(bytes), 'f'),
  record: (bytes) => openSealed(textOf(bytes)),
  yaml: (bytes) => parseYaml(textOf(bytes)),
  config: (bytes) => resolveConfig({ text: textOf(bytes), origin: 'f' }),
  study: (bytes) => resolveStudy(textOf(bytes), 'f.yaml'),
  vnnlib: (bytes) => parseVnnlib(textOf(bytes)),
  onnx: decodeModel,
  payload: (bytes) => readPayload(openSealed(textOf(bytes))),
};

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Little-endian. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A text of pickle protocol 2. */
export const pickledText = (text: string): Buffer =>
  Buffer.concat([latin1('X'), uint32(Buffer.byteLength(text)), Buffer.from(text)]);

/** A call that makes a tensor of a storage. @param rest what follows the storage, up to the call */
export const pickledTensor = (count: string, rest: string): Buffer =>
  Buffer.concat([
    latin1('ctorch._utils\n_rebuild_tensor_v2\n(('),
    pickledText('storage'),
    latin1('ctorch\nFloatStorage\n'),
    pickledText('7'),
    pickledText('cpu'),
    latin1(`${count}NtQK\x00${rest}\x89ccollections\nOrderedDict\n)RtR`),
  ]);

/** A torch.save file of the older kind: one tensor of six numbers, called `w`. @param keys the list of its storages */
export function legacyTorch(
  keys: Buffer = Buffer.concat([latin1(']('), pickledText('7'), latin1('e')]),
): Buffer {
  return Buffer.concat([
    Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex'),
    latin1('\x80\x02M\xe9\x03.\x80\x02}.\x80\x02}('),
    pickledText('w'),
    pickledTensor('K\x06', '(K\x02K\x03t(K\x03K\x01t'),
    latin1('u.\x80\x02'),
    keys,
    latin1('.'),
    uint32(6),
    uint32(0),
    Buffer.from(Float32Array.of(1, 2, 3, 4, 5, 6).buffer),
  ]);
}

/** A PNG of grey pixels. @param rows a filter byte and the pixels, each */
export function greyPng(width: number, height: number, rows: Buffer): Buffer {
  const chunk = (type: string, content: Buffer): Buffer => {
    const body = Buffer.concat([latin1(type), content]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(content.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const six = { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } as const;
const idx = Buffer.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]);
const matrix = { shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) };
const row = {
  index: 0,
  label: 1,
  prediction: 1,
  verdict: 'verified',
  by: 'bab',
  why: '',
  seconds: 1,
  domains: 3,
  lowerBound: 0.5,
  witness: 'a.npy',
} as const;

const relu: OnnxModel = {
  irVersion: 8,
  opsets: { '': 13 },
  graph: {
    name: 'g',
    nodes: [
      { opType: 'Gemm', inputs: ['x', 'w'], outputs: ['h'], attributes: { transB: { int: 1 } } },
      { opType: 'Relu', inputs: ['h'], outputs: ['y'] },
    ],
    initializers: [onnxTensor('w', [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
    inputs: [{ name: 'x', dtype: 'float32', dims: [1, 3] }],
    outputs: [{ name: 'y', dtype: 'float32', dims: [1, 2] }],
  },
};

/** Sound files for each reader. */
export const corpus: Readonly<Record<string, readonly Uint8Array[]>> = {
  idx: [idx, gzipSync(idx)],
  npy: [encodeNpy(six), encodeNpy({ dtype: 'int64', shape: [2], data: BigInt64Array.of(1n, -2n) })],
  npz: [
    encodeNpz([
      ['a', six],
      ['b', six],
    ]),
  ],
  png: [greyPng(3, 2, Buffer.alloc(8))],
  mat: [
    encodeMat({ X: matrix, y: { shape: [1, 2], data: Float64Array.of(1, 2) } }),
    encodeMat({ X: matrix }, true),
  ],
  tar: [encodeTar({ 'a/b.txt': Buffer.from('hello'), c: Buffer.alloc(600) })],
  safetensors: [
    encodeSafetensors(
      [
        ['w', six],
        ['b', six],
      ],
      { epoch: '3' },
    ),
  ],
  torch: [legacyTorch()],
  cifarPickle: [
    latin1('\x80\x02}(U\x06labels](K\x01eU\x04datacnumpy\nx\n)R(K\x01K\x01M\x00\x0c\x86N\x89U\x00tbu.'),
  ],
  csv: [Buffer.from(['a,b', '1,"x ""y""z"', ''].join('\n'))],
  events: [
    Buffer.from(
      '{"type":"epoch","time":"t","state":0,"epoch":1,"epochs":2,"loss":1,"terms":{"a":1},"seconds":1}\n' +
        '{"type":"note","time":"t","message":"m"}\n',
    ),
  ],
  verdicts: [Buffer.from(verdictCsv([row, { ...row, index: 1 }]))],
  record: [Buffer.from(sealedJson({ state: 0, layers: [{ name: 'a' }] }))],
  yaml: [Buffer.from('a: &x [1, {b: c}]\nd: *x\ne: |\n  text\n')],
  config: [
    Buffer.from('trainer: fgsm\ndataset: mnist\neps: 8/255\nverify: { images: { start: 0, end: 5 } }\n'),
  ],
  study: [
    Buffer.from(
      'base: { trainer: fgsm, dataset: mnist, epochs: 2 }\ngrid: { seed: [1, 2], method: { a: { rate: 0.5 } } }\n',
    ),
  ],
  vnnlib: [
    Buffer.from(
      '(declare-const X_0 Real)\n(declare-const Y_0 Real)\n(assert (>= X_0 -1))\n(assert (<= X_0 1))\n' +
        '(assert (or (and (<= Y_0 0.5)) (and (>= Y_0 2))))\n',
    ),
  ],
  onnx: [encodeModel(relu)],
  payload: [
    Buffer.from(
      JSON.stringify({
        job: {
          id: 'r/train-00',
          run: 'r',
          work: { kind: 'train', state: 0 },
          after: [],
          priority: 1,
          need: { cores: 1, memoryBytes: 1 },
        },
        sweep: { id: 'x', folder: 's', version: '0' },
        era: '0',
      }),
    ),
  ],
};
