import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../formats/userError.ts';
import { decodePicture, isOpaque, planesOf } from './pictures.ts';
import { pictureBytes, readByPil, type pictures } from './pictures.testing.ts';
import { resizePlanes } from './resize.ts';

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
const kinds = Object.keys(readByPil) as (keyof typeof readByPil)[];
const decode = (name: keyof typeof pictures) => decodePicture(pictureBytes(name), name);

describe.each(kinds)('%s', (name) => {
  it('is read as PIL reads it', () => {
    const picture = decode(name);
    const { rgba } = picture;
    const rgb = Uint8Array.from({ length: 144 }, (_, i) => rgba[4 * Math.floor(i / 3) + (i % 3)]);
    expect(picture).toMatchObject({ width: 8, height: 6, channels: /grey|bits/.test(name) ? 1 : 3 });
    expect(digest(rgb)).toBe(readByPil[name]);
    expect(isOpaque(picture)).toBe(true);
  });

  it('cut off or damaged is refused by name', () => {
    const bytes = pictureBytes(name);
    for (const end of [20, Math.floor(bytes.length * 0.6)]) {
      const cut = (): unknown => decodePicture(bytes.subarray(0, end), `cat/${name}`);
      expect(cut).toThrow(UserError);
      expect(cut).toThrow(
        new RegExp(`cat/${name}: this (PNG|JPEG|WebP|BMP) picture cannot be read.*take it out`),
      );
    }
  });
});

describe('pictures', () => {
  it('are told by their content, not by their names', () => {
    expect(decodePicture(pictureBytes('colour.bmp'), 'a.png').channels).toBe(3);
    expect(() => decodePicture(Buffer.from('GIF89a'), 'a.png')).toThrow(
      /a\.png: it is no PNG, JPEG, WebP or BMP/,
    );
    expect(() => decodePicture(new Uint8Array(0), 'a.png')).toThrow(UserError);
  });

  it('of 16 bits, or larger than memory, are refused', () => {
    expect(() => decode('deep.png')).toThrow(/16 bits a channel/);
    const bomb = Buffer.from(pictureBytes('colour.bmp'));
    bomb.writeInt32LE(2 ** 28, 18);
    expect(() => decodePicture(bomb, 'b')).toThrow(/268435456x6 pixels/);
    expect(isOpaque(decode('transparent.png'))).toBe(false);
  });

  it('become grey and smaller as with PIL', () => {
    const picture = decode('colour.png');
    expect(digest(planesOf(picture, 1))).toBe('01038dd5b01218e6');
    const planes = planesOf(picture, 3);
    expect(digest(resizePlanes(planes, [6, 8], [3, 4]))).toBe('e7b2c8b584f83055');
    expect(digest(resizePlanes(planes, [6, 8], [12, 16]))).toBe('1f74a05efa0b3404');
    expect(digest(resizePlanes(planes, [6, 8], [5, 5]))).toBe('9263e269bcaaabb8');
    expect(planesOf(decode('grey.png'), 3).subarray(0, 48)).toEqual(planesOf(decode('grey.png'), 1));
  });
});
