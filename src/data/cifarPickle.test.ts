/** @file Tests of CIFAR's Python form, on pickles written here opcode by opcode as Python 2 did. */
import { describe, expect, it } from 'vitest';
import { UserError } from '../formats/userError.ts';
import { readCifarPickle } from './cifarPickle.ts';
import { createRng } from './rng.ts';
import { joinedSamples } from './source.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const short = (text: string) => Buffer.concat([Buffer.of(0x55, text.length), latin1(text)]);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

/** {'batch_label': …, 'labels': [...], 'data': array of N x 3072 bytes} in protocol 2. */
function batch(images: Uint8Array, labels: number[], labelKey = 'labels'): Buffer {
  return Buffer.concat([
    latin1('\x80\x02}('),
    short('batch_label'),
    short('training batch 1 of 5'),
    short(labelKey),
    latin1(']('),
    ...labels.map((label) => Buffer.of(0x4b, label)),
    latin1('e'),
    short('data'),
    latin1('cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01J'),
    int32(labels.length),
    latin1('M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ'),
    int32(-1),
    latin1('J'),
    int32(-1),
    latin1('K\x00tb\x89T'),
    int32(images.length),
    images,
    latin1('tbu.'),
  ]);
}

const rng = createRng(0);
const images = Uint8Array.from({ length: 3 * 3072 }, () => rng.integer(256));

describe('readCifarPickle', () => {
  it.each(['labels', 'fine_labels'])(
    'reads images and %s of several batches, every byte value unchanged',
    (key) => {
      const first = batch(images, [7, 0, 9], key);
      const second = batch(images.subarray(3072), [1, 2], key);
      const samples = joinedSamples([first, second].map((content) => readCifarPickle(content, 'a', key)));
      expect([...samples.labels]).toEqual([7, 0, 9, 1, 2]);
      expect(Buffer.concat([images, images.subarray(3072)]).equals(samples.images)).toBe(true);
    },
  );

  it('refuses other keys, other sizes and cut-off files', () => {
    expect(() => readCifarPickle(batch(images, [1, 2, 3]), 'p', 'fine_labels')).toThrow(/^p: wants N rows/);
    expect(() => readCifarPickle(batch(images, [1, 2]), 'p', 'labels')).toThrow(UserError);
    const bytes = batch(images.subarray(0, 3072), [1]);
    for (let length = 0; length < bytes.length; length += 37) {
      expect(() => readCifarPickle(bytes.subarray(0, length), 'p', 'labels')).toThrow(UserError);
    }
  });
});
