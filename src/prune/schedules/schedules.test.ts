import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Masks } from '../../nn/masks.ts';
import { stripeData, stripeNetwork, stripePlan, stripeStart } from '../../train/fixture.testing.ts';
import { startCheckpoint, type Checkpoint, type TrainPlan } from '../../train/plan.ts';
import { trainLoop, type TrainHooks } from '../../train/trainLoop.ts';
import { createRng } from '../../data/rng.ts';
import { brokenMasks, fullMasks, isNarrower, maskCounts, prunableKeys, totalCount } from '../masks.ts';
import { cubicSparsity } from './gmp.ts';
import { dropShare, erdosRenyiCounts, rigl } from './rigl.ts';
import { changeProgress, maskingHooks, maskingSchedules } from './schedules.ts';

const keys = prunableKeys(stripeNetwork, { linear: true });
const full = fullMasks(stripeNetwork, keys);
const sparsity = 0.6;
const planOf = (schedule: string): TrainPlan => ({
  ...stripePlan,
  masking: { schedule, sparsity, begin: 0.5, end: 2, every: 3, options: { drop: 0.3 } },
});
const start = (schedule: string): Checkpoint => {
  const masks =
    maskingSchedules.named(schedule).initial?.(stripeNetwork, full, sparsity, createRng(3)) ?? full;
  return startCheckpoint(stripeStart().numbers, masks);
};
const keptAtEnd = totalCount(full).total - Math.round(sparsity * totalCount(full).total);

/** Trains with the schedule's hook, and hands over the masks of every epoch and each step's before the change. */
async function trained(schedule: string, from: Checkpoint, stopAfter = Infinity) {
  const seen: Masks[] = [];
  const checkpoints: Checkpoint[] = [];
  const plan = planOf(schedule);
  const { masksAt } = maskingHooks(plan, stripeData);
  const hooks: TrainHooks = {
    masksAt(position) {
      seen.push(position.masks);
      return masksAt!(position);
    },
    onEpoch(_, checkpoint) {
      checkpoints.push(checkpoint);
      if (checkpoints.length === stopAfter) throw new Error('stop');
    },
  };
  const end = await trainLoop(plan, stripeData, from, hooks).catch(() => undefined);
  return { end, seen, checkpoints };
}

describe.each(maskingSchedules.names())('%s', (schedule) => {
  it('ends with exactly the sparsity asked for; no pruned weight is alive', async () => {
    const { checkpoints, seen } = await trained(schedule, start(schedule));
    const last = checkpoints.at(-1)!;
    expect(totalCount(last.masks).kept).toBe(keptAtEnd);
    for (const { numbers, masks } of checkpoints) expect(brokenMasks(numbers, masks)).toEqual({});
    const changes = seen.filter((masks, i) => i > 0 && masks !== seen[i - 1]).length;
    expect(changes).toBeGreaterThanOrEqual(4);
  });

  it('continued from any epoch it ends with the same bits', async () => {
    const whole = await trained(schedule, start(schedule));
    const broken = await trained(schedule, start(schedule), 1);
    const again = await trained(schedule, broken.checkpoints[0]);
    expect(again.end!.masks).toEqual(whole.end!.masks);
    expect(again.end!.numbers).toEqual(whole.end!.numbers);
  });
});

describe('gmp', () => {
  it('only narrows, along the cubic curve', async () => {
    const { seen } = await trained('gmp', start('gmp'));
    seen.forEach((masks, i) => expect(i === 0 || isNarrower(masks, seen[i - 1])).toBe(true));
    expect(cubicSparsity(0.8, 0)).toBe(0);
    expect(cubicSparsity(0.8, 1)).toBe(0.8);
    expect(cubicSparsity(0.8, 0.5)).toBeCloseTo(0.7, 12);
  });
});

describe('rigl', () => {
  it('keeps each layer’s count, and replaces some', async () => {
    const { seen } = await trained('rigl', start('rigl'));
    for (const masks of seen) expect(maskCounts(masks)).toEqual(maskCounts(seen[0]));
    expect(seen.at(-1)).not.toEqual(seen[0]);
  });

  it('drops small weights and grows where the gradient is largest', async () => {
    const masks = { 'conv1.weight': Uint8Array.of(1, 1, 1, 1, 0, 0, 0, 0) };
    const weights = { 'conv1.weight': Float32Array.of(0.1, 3, -2, 0.2, 0, 0, 0, 0) };
    const gradients = async () => ({ 'conv1.weight': Float64Array.of(0, 0, 0, 5, 1, -9, 2, 0) });
    const plan = planOf('rigl').masking!;
    const next = await rigl.next({ plan, progress: 0, masks, weights, gradients }, { ...plan, drop: 0.5 });
    expect([...next!['conv1.weight']]).toEqual([0, 1, 1, 1, 0, 1, 0, 0]);
    expect(dropShare(0.3, 0)).toBeCloseTo(0.3, 12);
    expect(dropShare(0.3, 1)).toBeCloseTo(0, 12);
  });

  it('Erdős–Rényi counts sum to what is asked; density follows the shape', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (share) => {
        const counts = erdosRenyiCounts(stripeNetwork, full, share);
        const { total } = totalCount(full);
        const sum = Object.values(counts).reduce((n, v) => n + v, 0);
        expect(sum).toBe(Math.max(keys.length, total - Math.round(share * total)));
        for (const key of keys) {
          expect(counts[key]).toBeGreaterThanOrEqual(1);
          expect(counts[key]).toBeLessThanOrEqual(full[key].length);
        }
      }),
    );
    const counts = erdosRenyiCounts(stripeNetwork, full, 0.7);
    // (1+4+3+3)/36 for the convolution against (36+2)/72 for the linear layer.
    const ratio = counts['conv1.weight'] / 36 / (counts['fc1.weight'] / 72);
    expect(Math.abs(ratio - 11 / 36 / (38 / 72))).toBeLessThan(0.1);
  });
});

describe('changes', () => {
  it('come at the first step, every few steps, and at the last', () => {
    const plan = { ...planOf('gmp').masking!, begin: 0.5, end: 1.2, every: 3 };
    const steps = Array.from({ length: 30 }, (_, step) => [step, changeProgress(plan, step, 10, 3)] as const);
    expect(steps.filter(([, p]) => p !== undefined).map(([step]) => step)).toEqual([5, 8, 11, 12]);
    expect(changeProgress(plan, 12, 10, 3)).toBe(1);
    expect(changeProgress({ ...plan, end: 99 }, 29, 10, 3)).toBe(1);
  });

  it('name the schedules there are', () => {
    expect(() => maskingSchedules.named('set')).toThrow(/gmp, rigl/);
  });
});
