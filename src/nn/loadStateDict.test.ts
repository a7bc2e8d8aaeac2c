import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import type { NdArray } from '../formats/ndArray.ts';
import { initialize } from './initialize.ts';
import { matchStateDict, numbersOf } from './loadStateDict.ts';
import { parameterSpecs } from './parameters.ts';
import { torchKeys } from './torchKeys.ts';
import { sequential } from './zoo/sequential.ts';

const network = sequential('tiny', [1, 4, 4])
  .conv(2, { kernel: 3 })
  .batchNorm()
  .relu()
  .flatten()
  .linear(3)
  .build();
const numbers = initialize(network, createRng(1));
/** Under PyTorch's names, `bias` and statistics before `weight`, as pruning leaves them. */
function torchTensors(rename = (key: string): string => key): Map<string, NdArray> {
  const entries = torchKeys(network).map(({ key, torchKey, shape }): [string, NdArray] => [
    rename(torchKey),
    { dtype: 'float32', shape, data: numbers[key] },
  ]);
  const tracked: NdArray = { dtype: 'int64', shape: [], data: BigInt64Array.of(5n) };
  return new Map([...entries.reverse(), [rename('1.num_batches_tracked'), tracked]]);
}

/** Foreign names of the modules. */
const foreign: Readonly<Record<string, string>> = { 0: 'first', 1: 'norm', 4: 'last' };

const loadStateDict = (...args: Parameters<typeof matchStateDict>) =>
  numbersOf(matchStateDict(...args).matched);

describe('matchStateDict', () => {
  it('matches by name whatever the order, behind any common prefix', () => {
    expect(matchStateDict(network, torchTensors()).by).toBe('names');
    for (const prefix of ['', 'net.', 'model.features.'])
      expect(
        loadStateDict(
          network,
          torchTensors((key) => prefix + key),
        ),
      ).toEqual(numbers);
    const own = new Map(
      parameterSpecs(network)
        .toReversed()
        .map(({ key, shape }): [string, NdArray] => [key, { dtype: 'float32', shape, data: numbers[key] }]),
    );
    expect(loadStateDict(network, own)).toEqual(numbers);
  });

  it('takes other Sequential numbers in their order, and within a module the names', () => {
    const shifted = torchTensors((key) => key.replace(/^\d+/, (n) => String(Number(n) + 9)));
    expect(matchStateDict(network, shifted).by).toBe('numbers');
    expect(loadStateDict(network, shifted)).toEqual(numbers);
  });

  it('takes other names in the order of the modules', () => {
    const renamed = [...torchTensors((key) => key.replace(/^\d+/, (n) => foreign[n]))];
    const order = Object.values(foreign);
    const moduleOf = ([key]: [string, NdArray]): number => order.indexOf(key.split('.')[0]);
    const tensors = new Map(renamed.sort((a, b) => moduleOf(a) - moduleOf(b)));
    expect(matchStateDict(network, tensors).by).toBe('order');
    expect(loadStateDict(network, tensors)).toEqual(numbers);
  });

  it('refuses an order that the names contradict', () => {
    const chain = sequential('chain', [3]).linear(3).relu().linear(3).relu().linear(2).build();
    const own = initialize(chain, createRng(1));
    const entry = (name: string, layer: string): [string, NdArray][] =>
      ['weight', 'bias'].map((role) => [
        `${name}.${role}`,
        {
          dtype: 'float32',
          shape: role === 'weight' ? [layer === 'fc3' ? 2 : 3, 3] : [layer === 'fc3' ? 2 : 3],
          data: own[`${layer}.${role}`],
        },
      ]);
    const tensors = [...entry('body.b2', 'fc1'), ...entry('body.b1', 'fc2'), ...entry('head', 'fc3')];
    expect(() => loadStateDict(chain, new Map(tensors))).toThrow(/'body.b2' before 'body.b1'/);
  });

  it('says what does not fit, what is missing, what is left over', () => {
    const tensors = torchTensors();
    const wide = sequential('wide', [1, 4, 4]).conv(4, { kernel: 3 }).relu().flatten().linear(3).build();
    expect(() => loadStateDict(wide, tensors)).toThrow(/'1\.running_var' is left over: fc1 of wide/);
    const thin = sequential('thin', [1, 4, 4]).conv(1, { kernel: 3 }).batchNorm().relu().flatten().linear(3);
    expect(() => loadStateDict(thin.build(), tensors)).toThrow(/'0\.weight' \[2,1,3,3\].*\[1,1,3,3\]/);
    const short = new Map([...tensors].filter(([key]) => !key.startsWith('4')));
    expect(() => loadStateDict(network, short)).toThrow(/end before fc1\.weight/);
    const more = new Map([
      ...tensors,
      ['extra', { dtype: 'float32', shape: [1], data: Float32Array.of(1) } as NdArray],
    ]);
    expect(() => loadStateDict(network, more)).toThrow(/'extra' is left over/);
    const noGamma = new Map([...tensors].filter(([key]) => key !== '1.weight'));
    expect(() => loadStateDict(network, noGamma)).toThrow(/'1' holds no 'weight'/);
  });
});
