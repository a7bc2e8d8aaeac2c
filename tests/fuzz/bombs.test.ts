/** Small files that are made to fill the memory, or never to end: refused in the tool's own words, at once. */
import { readFileSync } from 'node:fs';
import { deflateSync, gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeMat } from '../../src/formats/mat.testing.ts';
import { encodeNpy } from '../../src/formats/npy.ts';
import { sharedPath } from '../../src/formats/shared.testing.ts';
import { encodeTar } from '../../src/formats/tar.testing.ts';
import { greyPng, legacyTorch, pickledTensor, pickledText, uint32 } from './readers.testing.ts';
import { openReaders, type Readers } from './underLimits.testing.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const repeated = <T>(times: number, make: (n: number) => T): T[] =>
  Array.from({ length: times }, (_, n) => make(n));
const torch = (...pickle: readonly (string | Buffer)[]): Uint8Array => {
  const parts = pickle.map((part) => (typeof part === 'string' ? latin1(part) : part));
  return zipSync({ 'm/data.pkl': Buffer.concat([latin1('\x80\x02'), ...parts]) }, { level: 6 });
};
/** A tuple that holds its predecessor twice, sixty deep. */
const shared = latin1(`K\x01${'2\x86'.repeat(60)}`);
const zeros = gzipSync(Buffer.alloc(2 ** 25));
/** Gzip streams may follow each other. */
const gzipBomb = (): Buffer => Buffer.concat(repeated(12, () => zeros));

/** A zip whose directory has the same stream a thousand times. */
function overlapping(): Buffer {
  const content = encodeNpy({ dtype: 'uint8', shape: [2 ** 22], data: new Uint8Array(2 ** 22) });
  const whole = Buffer.from(zipSync({ 'abcd.npy': content }));
  const end = whole.length - 22;
  const start = whole.readUInt32LE(end + 16);
  const directory = repeated(1000, (n) => {
    const entry = Buffer.from(whole.subarray(start, end));
    entry.write(String(1000 + n), 46);
    return entry;
  });
  const last = Buffer.from(whole.subarray(end));
  last.writeUInt16LE(1000, 8);
  last.writeUInt16LE(1000, 10);
  return Buffer.concat([whole.subarray(0, start), ...directory, last]);
}

/** A zip that says of its file another size than it has. */
function lying(size: number): Buffer {
  const bytes = Buffer.from(zipSync({ 'a.npy': Buffer.alloc(2 ** 20) }));
  bytes.writeUInt32LE(size, bytes.lastIndexOf(latin1('PK\x01\x02')) + 24);
  return bytes;
}

function tarOfSize(size: string): Buffer {
  const bytes = encodeTar({ a: Buffer.alloc(512) });
  bytes.write(size.padEnd(12, '\0'), 124, 'latin1');
  bytes.write('        ', 148);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}

const mat = encodeMat({ X: { shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) } });
function negativeMat(): Buffer {
  const bytes = Buffer.from(mat);
  bytes.writeInt32LE(-2, bytes.indexOf(Buffer.concat([uint32(2), uint32(3)])));
  return bytes;
}
function matBomb(): Buffer {
  const packed = deflateSync(Buffer.alloc(2 ** 25));
  return Buffer.concat([
    mat.subarray(0, 128),
    ...repeated(12, () => [uint32(15), uint32(packed.length), packed]).flat(),
  ]);
}

const npy = (header: string): Buffer =>
  Buffer.concat([latin1('\x93NUMPY\x02\x00'), uint32(header.length), latin1(header), Buffer.alloc(8)]);

const expanded = (): Uint8Array => {
  const tensor = pickledTensor('K\x01', '(J\x00\x00\x80\x00t(K\x00t');
  const items = repeated(500, (n) => [pickledText(`w${n}`), tensor]).flat();
  const pickle = Buffer.concat([latin1('\x80\x02}('), ...items, latin1('u.')]);
  return zipSync({ 'm/data.pkl': pickle, 'm/data/7': new Uint8Array(4) });
};

const laugh = repeated(12, (n) =>
  n === 0
    ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
    : `a${n}: &a${n} [${repeated(9, () => `*a${n - 1}`).join(', ')}]`,
).join('\n');
const grid = `grid:\n${repeated(7, (axis) => `  k${axis}: [${repeated(40, String).join(', ')}]\n`).join('')}`;

type Bomb = readonly [name: string, reader: string, bytes: () => Uint8Array | string, message: RegExp];
const bombs: readonly Bomb[] = [
  [
    'a storage named by shared tuples',
    'torch',
    () =>
      torch('(', pickledText('storage'), 'ctorch\nFloatStorage\n', shared, pickledText('cpu'), 'K\x01tQ.'),
    /name of a storage/,
  ],
  ['a key of shared tuples', 'torch', () => torch('}', shared, 'K\x01s.'), /key of a dict/],
  ['a dict made of shared tuples', 'torch', () => torch('(', shared, 'K\x01d.'), /key of a dict/],
  [
    'storages listed as shared tuples',
    'torch',
    () => legacyTorch(Buffer.concat([latin1(']'), shared, latin1('a')])),
    /list of storages/,
  ],
  ['storages listed as objects', 'torch', () => legacyTorch(latin1(']cos\nsystem\n)Ra')), /list of storages/],
  [
    'a number of a million bytes',
    'torch',
    () => torch('\x8b', uint32(1e6), Buffer.alloc(1e6, 0xff), '.'),
    /integer of 1000000 bytes/,
  ],
  ['a text longer than the file', 'torch', () => torch('X\xff\xff\xff\xff.'), /cut off/],
  ['marks without end', 'torch', () => torch(Buffer.alloc(2 ** 23, '(')), /more than \d+ instructions/],
  ['lists without end', 'torch', () => torch(Buffer.alloc(2 ** 23, ']')), /more than \d+ instructions/],
  ['tuples a million deep', 'torch', () => torch('N', Buffer.alloc(1e6, 0x85), '.'), /no state dict/],
  ['a list that holds itself', 'torch', () => torch(']q\x00h\x00a.'), /no state dict/],
  ['a memory that was never filled', 'torch', () => torch('j\xff\xff\xff\xff.'), /not kept/],
  ['a call of what is none', 'torch', () => torch('K\x01)R.'), /no class or function/],
  ['tensors that expand', 'torch', expanded, /too large/],
  ['files that share a stream', 'npz', overlapping, /shares bytes/],
  ['a size that deflate cannot have', 'npz', () => lying(2 ** 32 - 2), /impossible size/],
  ['a size that is too small', 'npz', () => lying(1000), /more than the 1000 bytes/],
  ['a gzip bomb', 'idx', gzipBomb, /inflate to more than/],
  ['a gzip bomb for a tar', 'tar', gzipBomb, /inflate to more than/],
  ['a negative size', 'tar', () => tarOfSize('-1000'), /damaged/],
  ['a size that is no number', 'tar', () => tarOfSize('7x9'), /damaged/],
  ['a size in binary', 'tar', () => tarOfSize('\x80\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff'), /damaged/],
  [
    'more pixels than there are atoms',
    'png',
    () => greyPng(2 ** 31 - 1, 2 ** 31 - 1, Buffer.alloc(9)),
    /pixels; read are/,
  ],
  ['many pixels of nothing', 'png', () => greyPng(60_000, 60_000, Buffer.alloc(9)), /pixels; read are/],
  ['pixels that never end', 'png', () => greyPng(2, 2, Buffer.alloc(2 ** 25)), /more than the 6 bytes/],
  [
    'a header of megabytes',
    'npy',
    () => npy(`{'descr': '<f4', ${"'shape': (".repeat(200_000)}`),
    /header has/,
  ],
  [
    'a shape of many sizes',
    'npy',
    () => npy(`{'descr': '<f4', 'fortran_order': True, 'shape': (${'1, '.repeat(5000)})}`),
    /dimensions/,
  ],
  [
    'a shape beyond all numbers',
    'npy',
    () => npy(`{'descr': '<f4', 'fortran_order': True, 'shape': (${'9007199254740991, '.repeat(30)}0)}`),
    /needs/,
  ],
  [
    'sizes beyond all numbers',
    'idx',
    () => Buffer.concat([Buffer.of(0, 0, 13, 255), Buffer.alloc(4 * 255, 0xff)]),
    /truncated/,
  ],
  [
    'a header of exabytes',
    'safetensors',
    () => Buffer.concat([Buffer.alloc(8, 0xff), latin1('{}')]),
    /header would have/,
  ],
  ['a negative dimension', 'mat', negativeMat, /negative/],
  ['many compressed zeros', 'mat', matBomb, /inflate to more than/],
  ['laughing aliases', 'config', () => laugh, /alias/],
  ['an alias of nothing', 'config', () => 'a: *nothing\n', /alias/],
  ['an alias of nothing', 'study', () => 'a: *nothing\n', /alias/],
  ['a value that holds itself', 'config', () => 'a: &a [*a]\n', /holds itself/],
  ['brackets without end', 'yaml', () => '['.repeat(100_000), /brackets open/],
  ['dashes without end', 'yaml', () => '- '.repeat(50_000), /lists within/],
  ['keys without end', 'yaml', () => repeated(30_000, (n) => `k${n}: `).join('\n'), /more than 5000 keys/],
  ['commas without end', 'yaml', () => `{${'a,'.repeat(100_000)}}`, /more than 5000 keys/],
  ['a grid of 40^7 runs', 'study', () => grid, /has 163,840,000,000 runs/],
  ['quotes without end', 'verdicts', () => ',"a'.repeat(300_000), /quote/],
  ['events nested without end', 'events', () => `${'['.repeat(300_000)}\n{}\n`, /not valid JSON/],
];

let reading: Readers;
beforeAll(async () => {
  reading = await openReaders();
});
afterAll(() => reading.close());

async function refusal(reader: string, bytes: Uint8Array | string): Promise<string> {
  const { kind, message, seconds, megabytes } = await reading.read(reader, Buffer.from(bytes as Uint8Array));
  expect(kind, message).toBe('refused');
  expect(seconds).toBeLessThan(4);
  expect(megabytes).toBeLessThan(1100);
  return message;
}

describe('bombs', () => {
  it.each(bombs)(
    '%s (%s)',
    async (_, reader, bytes, message) => {
      expect(await refusal(reader, bytes())).toMatch(message);
    },
    90_000,
  );

  const cases = sharedPath('cases/security');
  it.skipIf(cases === undefined).each([
    ['laugh-key.pth', 'torch'],
    ['legacy-keys-laugh.pth', 'torch'],
    ['overlap.npz', 'npz'],
    ['negative.tar', 'tar'],
  ])('of others: %s', async (file, reader) => {
    expect(await refusal(reader, readFileSync(`${cases}/${file}`))).not.toBe('');
  });
});
