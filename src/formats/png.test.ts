/** @file Tests of the PNG reader on pictures encoded here. */
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePng } from './png.ts';
import { UserError } from './userError.ts';

const colourTypes: Record<number, number> = { 1: 0, 2: 4, 3: 2, 4: 6 };

function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** The PNG bytes of a picture, each row y with the filter `filters[y]`; bytes 8 to 12 of the header may be given. */
function encode(
  width: number,
  height: number,
  channels: number,
  data: Uint8Array,
  filters: number[],
  kind = [8, colourTypes[channels], 0, 0, 0],
): Buffer {
  const stride = width * channels;
  const at = (y: number, i: number) => (y < 0 || i < 0 ? 0 : data[y * stride + i]);
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    rows[y * (stride + 1)] = filters[y];
    for (let i = 0; i < stride; i++) {
      const [left, up, corner] = [
        at(y, i - channels),
        at(y - 1, i),
        i < channels ? 0 : at(y - 1, i - channels),
      ];
      const guess = left + up - corner;
      const nearest = [left, up, corner].toSorted((p, q) => Math.abs(guess - p) - Math.abs(guess - q))[0];
      const prediction = [0, left, up, Math.floor((left + up) / 2), nearest][filters[y]];
      rows[y * (stride + 1) + 1 + i] = at(y, i) - prediction;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set(kind, 8);
  const packed = deflateSync(rows);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('tEXt', Buffer.from('Comment\0passed over')),
    chunk('IDAT', packed.subarray(0, 5)),
    chunk('IDAT', packed.subarray(5)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const pictures = fc
  .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 4 }))
  .chain(([width, height, channels]) => {
    const length = width * height * channels;
    return fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      channels: fc.constant(channels),
      data: fc.uint8Array({ minLength: length, maxLength: length }),
      filters: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: height, maxLength: height }),
    });
  });

describe('decodePng', () => {
  it('reads what was encoded, whatever the filters', () => {
    fc.assert(
      fc.property(pictures, ({ width, height, channels, data, filters }) => {
        const image = decodePng(encode(width, height, channels, data, filters), 'picture');
        expect(image).toEqual({ width, height, channels, data });
      }),
    );
  });

  it('refuses any truncation', () => {
    const bytes = encode(2, 2, 3, new Uint8Array(12), [0, 1]);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodePng(bytes.subarray(0, length), 'cut.png')).toThrow(UserError);
    }
  });

  it('refuses changed bytes and kinds it does not know', () => {
    const bytes = encode(2, 2, 3, new Uint8Array(12), [0, 1]);
    bytes[bytes.length - 30] ^= 4;
    expect(() => decodePng(bytes, 'p.png')).toThrow(/p\.png: .*the checksum of its chunk IDAT is wrong/);
    const palette = encode(2, 2, 3, new Uint8Array(12), [0, 1], [8, 3, 0, 0, 0]);
    const interlaced = encode(2, 2, 3, new Uint8Array(12), [0, 1], [8, 2, 0, 0, 1]);
    for (const picture of [palette, interlaced])
      expect(() => decodePng(picture, 'p')).toThrow(/not supported/);
    expect(() => decodePng(encode(2, 2, 3, new Uint8Array(12), [0, 9]), 'p')).toThrow(
      /row 1 has the unknown filter 9/,
    );
  });
});
