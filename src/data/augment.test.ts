/** @file Tests of crop and flip. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cropAndFlip, drawPlacement, noAugmentation, placeImage } from './augment.ts';
import type { Placement } from './augment.ts';
import { createRng } from './rng.ts';

const shape: [number, number, number] = [2, 3, 4];

/** Pads, cuts, mirrors: the definition, one pixel at a time. */
function plainly(image: Uint8Array, { rows, columns, flip }: Placement): number[] {
  const [channels, height, width] = shape;
  const out: number[] = [];
  for (let c = 0; c < channels; c++)
    for (let h = 0; h < height; h++)
      for (let w = 0; w < width; w++) {
        const row = h + rows;
        const column = (flip ? width - 1 - w : w) + columns;
        const inside = row >= 0 && row < height && column >= 0 && column < width;
        out.push(inside ? Math.fround(image[(c * height + row) * width + column] / 255) : 0);
      }
  return out;
}

describe('placeImage', () => {
  it('equals padding, cutting and mirroring one after the other', () => {
    const offset = fc.integer({ min: -5, max: 5 });
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 48, maxLength: 48 }),
        fc.record({ rows: offset, columns: offset, flip: fc.boolean() }),
        fc.nat(1),
        fc.nat(1),
        (images, placement, from, to) => {
          const out = new Float32Array(48).fill(7);
          placeImage(images, from, shape, placement, out, to);
          expect([...out.subarray(24 * to, 24 * to + 24)]).toEqual(
            plainly(images.subarray(24 * from, 24 * from + 24), placement),
          );
          expect(out.subarray(24 * (1 - to), 24 * (1 - to) + 24).every((v) => v === 7)).toBe(true);
        },
      ),
    );
  });
});

describe('drawPlacement', () => {
  it('draws every offset and both directions about equally often', () => {
    const rng = createRng(0);
    const draws = Array.from({ length: 9000 }, () => drawPlacement(cropAndFlip, rng));
    for (let offset = -4; offset <= 4; offset++) {
      for (const axis of ['rows', 'columns'] as const) {
        const count = draws.filter((placement) => placement[axis] === offset).length;
        expect(Math.abs(count - 1000)).toBeLessThan(150);
      }
    }
    expect(Math.abs(draws.filter(({ flip }) => flip).length - 4500)).toBeLessThan(200);
  });

  it('leaves images in place where nothing is to be done', () => {
    expect(drawPlacement(noAugmentation, createRng(0))).toEqual({ rows: 0, columns: 0, flip: false });
  });
});
