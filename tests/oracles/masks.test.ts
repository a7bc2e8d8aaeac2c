import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/data/rng.ts';
import { toFloat64 } from '../../src/formats/ndArray.ts';
import type { Masks } from '../../src/nn/masks.ts';
import { channelMasks } from '../../src/prune/channels.ts';
import { sensitivity } from '../../src/prune/criteria/snip.ts';
import { fullMasks, prunableKeys, totalCount, weightMasks } from '../../src/prune/masks.ts';
import { pruneStep } from '../../src/prune/prune.ts';
import { removeWeights } from '../../src/prune/removeWeights.ts';
import { hasShared, sharedArrays, studyKey, studyNetwork, studyNumbers } from './study.testing.ts';

const files = {
  adversarial: 'oracle/training/masks.npz',
  weights: 'oracle/training/weights.npz',
  gradient: 'oracle/training/grad_b_fgsm_ga_train.npz',
} as const;
const network = studyNetwork();
const keys = prunableKeys(network);

/** The study's masks under our keys. */
function recordedMasks(prefix: string): Masks {
  const found: Record<string, Uint8Array> = {};
  for (const [name, { data }] of sharedArrays(files.adversarial)) {
    if (!name.startsWith(prefix)) continue;
    const key = studyKey(name.slice(prefix.length).replace(/_mask$/, ''));
    if (key) found[key] = Uint8Array.from(toFloat64(data));
  }
  return found;
}

/** The study's scores under our keys; the file names layers alone. */
const recordedScores = (method: string): Record<string, Float64Array> =>
  Object.fromEntries(
    [...sharedArrays(`oracle/training/scores_${method}.npz`)].map(([layer, { data }]) => [
      studyKey(`${layer}.weight`)!,
      Float64Array.from(toFloat64(data)),
    ]),
  );

function expectIdentical(found: Masks, wanted: Masks, name: string): void {
  expect(Object.keys(wanted).length).toBeGreaterThan(0);
  for (const [key, mask] of Object.entries(wanted))
    expect(Buffer.from(found[key]).equals(Buffer.from(mask)), `${name} ${key}`).toBe(true);
}

const start = (masks = fullMasks(network, keys)) => ({
  network,
  numbers: studyNumbers(sharedArrays(files.weights)),
  masks,
  rng: createRng(0),
});

describe.skipIf(!hasShared(files.adversarial))('masks of the study', () => {
  it('l1unstruct at rate .2, twice on the same weights: identical', async () => {
    let masks = fullMasks(network, keys);
    for (const state of ['s1', 's2']) {
      ({ masks } = await pruneStep(start(masks), { method: 'l1unstruct', rate: 0.2 }));
      const wanted = recordedMasks(`l1unstruct:${state}:`);
      expect(totalCount(masks)).toEqual(totalCount(wanted));
      expectIdentical(masks, wanted, state);
    }
  });

  it.each(['slim', 'refill'])('%s at rate .2, over all layers and per layer: identical', async (method) => {
    for (const layerwise of [false, true]) {
      const prefix = `${method}_local${layerwise ? 1 : 0}:s1:`;
      const { masks } = await pruneStep(start(), { method, rate: 0.2, layerwise });
      expectIdentical(masks, recordedMasks(prefix), prefix);
    }
  });

  // The study's second masks are made after rewinding and revive what the first ones pruned; the counts are its rule.
  it.each(['slim', 'refill'])('%s: the second pruning leaves as many channels', async (method) => {
    for (const layerwise of [false, true]) {
      const options = { method, rate: 0.2, layerwise };
      const { masks: first } = await pruneStep(start(), { ...options, time: 1 });
      const { masks } = await pruneStep(start(first), { ...options, time: 2 });
      const wanted = recordedMasks(`${method}_local${layerwise ? 1 : 0}:s2:`);
      const norms = Object.fromEntries(Object.entries(wanted).filter(([key]) => /^bn\d\.weight$/.test(key)));
      const channels = channelMasks(network, weightMasks(network, masks));
      expect(totalCount(channels)).toEqual(totalCount(norms));
      if (layerwise)
        for (const [key, mask] of Object.entries(channels))
          expect(totalCount({ key: mask })).toEqual(totalCount({ key: norms[key.replace('conv', 'bn')] }));
    }
  });

  describe.each(['snip', 'taylor1ScorerAbs'])('%s', (method) => {
    it('the recorded scores are |g·w| of the recorded gradient, to 1e-6', () => {
      const gradients = studyNumbers(sharedArrays(files.gradient));
      const weights = studyNumbers(sharedArrays(files.weights));
      const scored = Object.fromEntries(keys.map((key) => [key, gradients[key]]));
      const found = sensitivity(scored, weights);
      for (const [key, wanted] of Object.entries(recordedScores(method))) {
        const excess = wanted.map((v, i) => Math.abs(found[key][i] - v) - 1e-6 * Math.abs(v));
        expect(
          excess.reduce((a, b) => Math.max(a, b)),
          key,
        ).toBeLessThan(1e-12);
      }
    });

    it('the masks from the recorded scores are identical', () => {
      const full = fullMasks(network, keys);
      const asked = Math.floor(0.2 * totalCount(full).total);
      const { masks } = removeWeights(recordedScores(method), full, asked);
      expectIdentical(masks, recordedMasks(`${method}:s1:`), method);
    });
  });
});
