import { describe, expect, it } from 'vitest';
import { robustness } from './specification.ts';

describe('inputs of another domain', () => {
  const domain = { lower: [0, -5], upper: [100, 5], radii: [2, 0] };

  it('are asked about as they move, and refused outside of their range', () => {
    const spec = robustness([1, 3], 0, 2, 1.5, 'all', undefined, 'inf', 0, domain);
    expect([[...spec.lower], [...spec.upper]]).toEqual([
      [0, 3],
      [4, 3],
    ]);
    const ask =
      (image: number[], norm: 'inf' | 2 = 'inf') =>
      () =>
        robustness(image, 0, 2, 1.5, 'all', undefined, norm, 0, domain);
    expect(ask([1, 6])).toThrow('element 1 of the image is 6; valid is -5..5');
    expect(ask([NaN, 0])).toThrow('element 0 of the image is NaN');
    expect(ask([1, 3], 2)).toThrow('go with the norm inf');
  });
});
