import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRng } from '../data/rng.ts';
import { initialize } from '../nn/initialize.ts';
import { maskNumbers } from '../nn/masks.ts';
import {
  brokenMasks,
  extractMasks,
  fullMasks,
  invertMasks,
  maskCounts,
  remainRatio,
  shuffleMasks,
  totalCount,
} from './masks.ts';
import { pruneStep } from './prune.ts';
import { removeWeights } from './removeWeights.ts';
import { rewind } from './rewind.ts';
import { keys, network, numbers } from './smallNetwork.testing.ts';

const context = (masks = fullMasks(network, keys)) => ({
  network,
  numbers,
  masks,
  rng: createRng(9),
});
describe('removal', () => {
  const scoresOf = (...layers: number[][]) =>
    Object.fromEntries(layers.map((l, i) => [`l${i}`, Float64Array.from(l)]));
  const full = (...layers: number[][]) =>
    Object.fromEntries(layers.map((l, i) => [`l${i}`, new Uint8Array(l.length).fill(1)]));

  it('breaks ties by index, so that counts are exact', () => {
    const scores = scoresOf([1, 1, 1, 9], [1, 1, 9]);
    const { masks, removed } = removeWeights(scores, full([1, 1, 1, 9], [1, 1, 9]), 4);
    expect(removed).toBe(4);
    expect([...masks['l0']]).toEqual([0, 0, 0, 1]);
    expect([...masks['l1']]).toEqual([0, 1, 1]);
  });

  it('spares a layer’s last weight, takes another instead, and says so', () => {
    const scores = scoresOf([0.1, 0.2], [1, 2, 3]);
    const result = removeWeights(scores, full([1, 1], [1, 1, 1]), 2);
    expect([...result.masks['l0']]).toEqual([0, 1]);
    expect([...result.masks['l1']]).toEqual([0, 1, 1]);
    expect(result).toMatchObject({ asked: 2, removed: 2, rescued: ['l0'] });
  });

  it('removes the smallest of any scores, exactly as many as asked', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 30 }),
        fc.nat({ max: 30 }),
        (values, asked) => {
          const { masks, removed } = removeWeights(scoresOf(values), full(values), asked);
          expect(removed).toBe(Math.min(asked, values.length - 1));
          const gone = values.filter((_, i) => masks['l0'][i] === 0);
          const stay = values.filter((_, i) => masks['l0'][i] === 1);
          expect(Math.max(-1, ...gone)).toBeLessThanOrEqual(Math.min(...stay));
        },
      ),
    );
  });

  it('refuses NaN', () => {
    expect(() => removeWeights(scoresOf([1, NaN]), full([1, 1]), 1)).toThrow(/l0/);
  });
});

describe('mask algebra', () => {
  it('counts, inverts, shuffles within layers, finds revived weights', async () => {
    const { masks } = await pruneStep(context(), { method: 'random', rate: 0.4 });
    const { kept, total } = totalCount(masks);
    expect(remainRatio(masks)).toBe(kept / total);
    expect(totalCount(invertMasks(masks)).kept).toBe(total - kept);
    const shuffled = shuffleMasks(masks, createRng(2));
    expect(maskCounts(shuffled)).toEqual(maskCounts(masks));
    expect(shuffled).not.toEqual(masks);
    expect(extractMasks(maskNumbers(numbers, masks), keys)).toEqual(masks);
    expect(brokenMasks(rewind('lt', { initial: numbers }, masks), masks)).toEqual({});
    expect(Object.keys(brokenMasks(numbers, masks))).toEqual(keys);
    expect(remainRatio({})).toBe(1);
  });

  it('rewinds to exactly the stored weights', async () => {
    const { masks } = await pruneStep(context(), { method: 'l1unstruct', rate: 0.4 });
    const early = initialize(network, createRng(8));
    const found = rewind('rewind_lt', { initial: numbers, early }, masks);
    for (const [key, values] of Object.entries(early))
      expect([...found[key]]).toEqual([...values].map((v, i) => (masks[key]?.[i] === 0 ? 0 : v)));
    expect(() => rewind('pt', { initial: numbers }, masks)).toThrow(/best weights/);
    expect(() => rewind('back', { initial: numbers }, masks)).toThrow(/lt, rewind_lt, pt, finetune/);
  });
});
