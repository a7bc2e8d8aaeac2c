import { describe, expect, it } from 'vitest';
import { bytesOf, elementCount, elementsOf, toFloat64 } from './ndArray.ts';

describe('elementsOf', () => {
  it('views aligned bytes and copies the others, Buffers too', () => {
    const values = Float64Array.of(1, -2.5);
    expect(elementsOf('float64', bytesOf(values)).buffer).toBe(values.buffer);
    for (let offset = 0; offset < 8; offset++) {
      const memory = Buffer.from(new ArrayBuffer(24));
      memory.set(bytesOf(values), offset);
      expect(elementsOf('float64', memory.subarray(offset, offset + 16))).toEqual(values);
    }
  });

  it('gives the class of each element type', () => {
    const bytes = Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255);
    expect(elementsOf('int64', bytes)).toEqual(BigInt64Array.of(-1n));
    expect(elementsOf('int32', bytes)).toEqual(Int32Array.of(-1, -1));
    expect(elementsOf('bool', bytes)).toHaveLength(8);
  });
});

describe('elementCount', () => {
  it('is one for a scalar', () => {
    expect([elementCount([]), elementCount([2, 3]), elementCount([0, 7])]).toEqual([1, 6, 0]);
  });
});

describe('toFloat64', () => {
  it('converts every element type', () => {
    expect(toFloat64(BigInt64Array.of(2n ** 40n))).toEqual(Float64Array.of(2 ** 40));
    expect(toFloat64(Float32Array.of(0.5))).toEqual(Float64Array.of(0.5));
  });
});
