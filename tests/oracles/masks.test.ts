import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/data/rng.ts';
import { toFloat64 } from '../../src/formats/ndArray.ts';
import type { Masks } from '../../src/nn/masks.ts';
import { fullMasks, prunableKeys, totalCount } from '../../src/prune/masks.ts';
import { pruneStep } from '../../src/prune/prune.ts';
import { hasShared, sharedArrays, studyKey, studyNetwork, studyNumbers } from './study.testing.ts';

/** The study's masks under our keys. */
function recordedMasks(prefix: string): Masks {
  const found: Record<string, Uint8Array> = {};
  for (const [name, { data }] of sharedArrays('oracle/training/masks.npz')) {
    if (!name.startsWith(prefix)) continue;
    const key = studyKey(name.slice(prefix.length).replace(/_mask$/, ''));
    if (key) found[key] = Uint8Array.from(toFloat64(data));
  }
  return found;
}

describe.skipIf(!hasShared('oracle/training/masks.npz'))('masks of the study', () => {
  it('l1unstruct at rate .2, twice on the same weights: identical', async () => {
    const network = studyNetwork();
    const numbers = studyNumbers(sharedArrays('oracle/training/weights.npz'));
    let masks = fullMasks(network, prunableKeys(network));
    for (const state of ['s1', 's2']) {
      const options = { method: 'l1unstruct', rate: 0.2 };
      ({ masks } = await pruneStep({ network, numbers, masks, rng: createRng(0) }, options));
      const wanted = recordedMasks(`l1unstruct:${state}:`);
      expect(totalCount(masks)).toEqual(totalCount(wanted));
      for (const key of Object.keys(masks))
        expect(Buffer.from(masks[key]).equals(Buffer.from(wanted[key])), `${state} ${key}`).toBe(true);
    }
  });
});
