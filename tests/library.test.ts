/** @file The public library's pruning, as a caller uses it. */
import { describe, expect, it } from 'vitest';
import {
  brokenMasks,
  buildModel,
  compress,
  createRng,
  criteria,
  fullMasks,
  initialize,
  invertMasks,
  isNarrower,
  maskNumbers,
  prepareNetwork,
  prunableKeys,
  pruneStep,
  remainRatio,
  rewind,
  shuffleMasks,
} from '../src/index.ts';

describe('pruning from a program', () => {
  const normalization = { mean: [0.13], std: [0.31] };
  const network = buildModel('cnn_small', { classes: 10, inputShape: [1, 28, 28], bn: true, normalization });
  const initial = initialize(network, createRng(1));
  const whole = fullMasks(network, prunableKeys(network));

  it('scores, removes, rewinds and compresses', async () => {
    const context = { network, numbers: initialize(network, createRng(2)), masks: whole, rng: createRng(3) };
    const { masks, removed } = await pruneStep(context, { method: 'l1-channel', rate: 0.5 });
    expect(removed).toBe(12);
    expect(isNarrower(masks, fullMasks(network, Object.keys(masks)))).toBe(true);
    const numbers = rewind('lt', { initial }, masks);
    expect(brokenMasks(numbers, masks)).toEqual({});
    const small = compress({ network, numbers });
    expect(small.after.macs).toBeLessThan(0.6 * small.before.macs);
    const neurons = prepareNetwork({ network, numbers }).bounded.sites.map((relu) => relu.size);
    const dense = prepareNetwork({ network, numbers: initial }).bounded.sites.map((relu) => relu.size);
    expect(neurons[0] + neurons[1]).toBeLessThan(0.8 * (dense[0] + dense[1]));
  });

  it('has masks shuffled and turned round', async () => {
    const context = { network, numbers: initial, masks: whole, rng: createRng(3) };
    const { masks } = await pruneStep(context, { method: 'synflow', rate: 0.75 });
    const other = shuffleMasks(masks, createRng(4));
    expect(remainRatio(other)).toBe(remainRatio(masks));
    expect(remainRatio(invertMasks(masks))).toBeCloseTo(0.75, 3);
    expect(maskNumbers(initial, other)['conv1.weight'].filter((w) => w !== 0).length).toBe(
      masks['conv1.weight'].reduce((n, m) => n + m, 0),
    );
    expect(criteria.names()).toContain('nrs');
  });
});
