import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import type { NdArray } from '../formats/ndArray.ts';
import { initialize } from './initialize.ts';
import { loadStateDict } from './loadStateDict.ts';
import { parameterSpecs } from './parameters.ts';
import { sequential } from './zoo/sequential.ts';

const network = sequential('tiny', [1, 4, 4])
  .conv(2, { kernel: 3 })
  .batchNorm()
  .relu()
  .flatten()
  .linear(3)
  .build();
const numbers = initialize(network, createRng(1));
const tensors = new Map<string, NdArray>();
for (const { key, shape } of parameterSpecs(network)) {
  tensors.set(`module.${tensors.size}.${key}`, { dtype: 'float32', shape, data: numbers[key] });
  if (key.endsWith('running_var'))
    tensors.set('1.num_batches_tracked', { dtype: 'int64', shape: [], data: BigInt64Array.of(5n) });
}

describe('loadStateDict', () => {
  it('matches tensors in order', () => {
    expect(loadStateDict(network, tensors)).toEqual(numbers);
  });

  it('says what does not fit, what is missing, what is left over', () => {
    const wide = sequential('wide', [1, 4, 4]).conv(4, { kernel: 3 }).relu().flatten().linear(3).build();
    expect(() => loadStateDict(wide, tensors)).toThrow(/conv1\.weight.*\[2,1,3,3\].*\[4,1,3,3\]/);
    expect(() => loadStateDict(network, new Map([...tensors].slice(0, 3)))).toThrow(/end before bn1\.bias/);
    const more = new Map([
      ...tensors,
      ['extra', { dtype: 'float32', shape: [1], data: Float32Array.of(1) } as NdArray],
    ]);
    expect(() => loadStateDict(network, more)).toThrow(/'extra' is left over/);
  });
});
