import { describe, expect, it } from 'vitest';
import { elements } from './elements.ts';
import { bytesOf } from './ndArray.ts';

describe('elements', () => {
  it('views aligned bytes and copies the others, Buffers too', () => {
    const values = Float64Array.of(1, -2.5);
    expect(elements.float64.read(bytesOf(values)).buffer).toBe(values.buffer);
    for (let offset = 0; offset < 8; offset++) {
      const memory = Buffer.from(new ArrayBuffer(24));
      memory.set(bytesOf(values), offset);
      expect(elements.float64.read(memory.subarray(offset, offset + 16))).toEqual(values);
    }
  });

  it('gives the class of each element type', () => {
    const bytes = Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255);
    expect(elements.int64.read(bytes)).toEqual(BigInt64Array.of(-1n));
    expect(elements.int32.read(bytes)).toEqual(Int32Array.of(-1, -1));
    expect(elements.bool.read(bytes)).toHaveLength(8);
  });
});
