import { describe, expect, it } from 'vitest';
import { elementCount, stridedOffsets, toFloat64 } from './ndArray.ts';

describe('elementCount', () => {
  it('is one for a scalar', () => {
    expect([elementCount([]), elementCount([2, 3]), elementCount([0, 7])]).toEqual([1, 6, 0]);
  });
});

describe('stridedOffsets', () => {
  it('walks a transposed, a repeated and a reversed axis', () => {
    expect([...stridedOffsets([2, 3], [1, 2])]).toEqual([0, 2, 4, 1, 3, 5]);
    expect([...stridedOffsets([2, 2], [0, 1], 3)]).toEqual([3, 4, 3, 4]);
    expect([...stridedOffsets([3], [-1], 2)]).toEqual([2, 1, 0]);
    expect([...stridedOffsets([], [], 5)]).toEqual([5]);
    expect([...stridedOffsets([2, 0], [1, 1])]).toEqual([]);
  });
});

describe('toFloat64', () => {
  it('converts every element type', () => {
    expect(toFloat64(BigInt64Array.of(2n ** 40n))).toEqual(Float64Array.of(2 ** 40));
    expect(toFloat64(Float32Array.of(0.5))).toEqual(Float64Array.of(0.5));
  });
});
