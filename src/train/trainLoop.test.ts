import { describe, expect, it } from 'vitest';
import { UserError } from '../formats/userError.ts';
import { maskNumbers } from '../nn/masks.ts';
import { stripeData, stripePlan, stripeStart } from './fixture.testing.ts';
import type { Checkpoint, TrainEpoch } from './plan.ts';
import { trainLoop, type MaskPosition } from './trainLoop.ts';

const bytesOf = (record: Readonly<Record<string, Float32Array>>): string =>
  Object.entries(record)
    .map(([key, v]) => `${key} ${Buffer.from(v.buffer, v.byteOffset, v.byteLength).toString('hex')}`)
    .join('\n');

describe('trainLoop', () => {
  it('learns, reports, and keeps pruned weights at zero', async () => {
    const reports: TrainEpoch[] = [];
    const start = stripeStart();
    const last = await trainLoop(stripePlan, stripeData, start, {
      onEpoch: (report) => void reports.push(report),
    });
    expect(reports.map((r) => r.epoch)).toEqual([0, 1, 2]);
    expect(reports.map((r) => Number(r.learningRate.toFixed(6)))).toEqual([0.05, 0.05, 0.005]);
    expect(reports[0].epsilon).toBeCloseTo(0.05 * 0.45, 12);
    const { standard, fgsm, pgd, loss } = reports[2];
    expect(standard).toBeGreaterThan(0.95);
    expect(fgsm!).toBeLessThanOrEqual(standard!);
    expect(pgd!).toBeLessThanOrEqual(standard!);
    expect(loss).toBeLessThan(reports[0].loss);
    expect(last.epoch).toBe(3);
    expect(last.best!.value).toBe(Math.max(...reports.map((r) => r.pgd!)));
    const mask = start.masks['conv1.weight'];
    for (const values of [last.numbers['conv1.weight'], last.optimizer['momentum/conv1.weight']])
      expect(values.every((v, i) => mask[i] === 1 || v === 0)).toBe(true);
    expect(last.numbers['conv1.weight'].filter((v) => v !== 0)).toHaveLength(24);
    expect(last.numbers['bn1.running_mean'].some((v) => v !== 0)).toBe(true);
  });

  it('continued from any epoch’s checkpoint it ends with the same bits', async () => {
    const kept: Checkpoint[] = [];
    const whole = await trainLoop(stripePlan, stripeData, stripeStart(), {
      onEpoch: (_, checkpoint) => void kept.push(checkpoint),
    });
    for (const from of kept.slice(0, 2)) {
      const again = await trainLoop(stripePlan, stripeData, structuredClone(from));
      expect(bytesOf(again.numbers)).toBe(bytesOf(whole.numbers));
      expect(bytesOf(again.optimizer)).toBe(bytesOf(whole.optimizer));
      expect(again.best).toEqual(whole.best);
    }
  });

  it('stops at a loss that is no number, with the step named and the last good checkpoint kept', async () => {
    const kept: Checkpoint[] = [];
    const wild = {
      ...stripePlan,
      clip: 0,
      learningRate: { base: 0.05, options: { milestones: [1], gamma: 1e30 } },
    };
    const run = trainLoop(wild, stripeData, stripeStart(), {
      onEpoch: (_, checkpoint) => void kept.push(checkpoint),
    });
    await expect(run).rejects.toThrow(UserError);
    await expect(run).rejects.toThrow(/epoch 2, step \d+/);
    expect(kept).toHaveLength(1);
    expect(kept[0].numbers['fc1.weight'].every(Number.isFinite)).toBe(true);
  });

  it('gives up at the next step once aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('stopped by the user');
    let steps = 0;
    const run = trainLoop(
      stripePlan,
      stripeData,
      stripeStart(),
      { onStep: () => ++steps === 4 && controller.abort(reason) },
      controller.signal,
    );
    await expect(run).rejects.toBe(reason);
    expect(steps).toBe(4);
  });

  describe('stopped within an epoch', () => {
    const steps = 10;
    const narrower = (masks: Checkpoint['masks']): Checkpoint['masks'] => ({
      'conv1.weight': masks['conv1.weight'].map((v, i) => (i < 18 ? v : 0)),
    });
    const plans = {
      'with a radius that rises by the step': stripePlan,
      'with a radius that follows the loss': {
        ...stripePlan,
        epsilon: {
          schedule: 'AdaptiveScheduler',
          max: 0.05,
          options: { start: 1, maxStep: 1e-2, minStep: 1e-3 },
        },
      },
      'with Adam': { ...stripePlan, optimizer: 'adam', optimizerOptions: {} },
    };

    it.each(Object.entries(plans))('%s, it ends with the bits of training at one go', async (_, plan) => {
      const parts: Checkpoint[] = [];
      const reports: TrainEpoch[] = [];
      // Masks that change at a step: those of the steps before it differ.
      const masksAt = ({ epoch, step, masks }: MaskPosition): Checkpoint['masks'] | undefined =>
        epoch === 1 && step === 3 ? narrower(masks) : undefined;
      const whole = await trainLoop(plan, stripeData, stripeStart(), {
        masksAt,
        partSeconds: 0,
        onPart: (part) => void parts.push(structuredClone(part)),
        onEpoch: (report) => void reports.push(report),
      });
      expect(parts).toHaveLength(3 * (steps - 1));
      const timeless = ({ seconds, imagesPerSecond, ...rest }: TrainEpoch): unknown => {
        expect([seconds, imagesPerSecond].every(Number.isFinite)).toBe(true);
        return rest;
      };
      // One in the first epoch, both sides of the change of masks, one in the last epoch.
      for (const at of [4, steps - 1 + 2, steps - 1 + 3, 2 * (steps - 1) + 6]) {
        const again: TrainEpoch[] = [];
        const { within, epoch } = parts[at];
        const last = await trainLoop(plan, stripeData, parts[at], {
          masksAt,
          onEpoch: (report) => void again.push(report),
        });
        expect(bytesOf(last.numbers), `step ${within?.step} of epoch ${epoch}`).toBe(bytesOf(whole.numbers));
        expect(bytesOf(last.optimizer)).toBe(bytesOf(whole.optimizer));
        expect(last.masks).toEqual(whole.masks);
        expect(last.best).toEqual(whole.best);
        expect(last.within).toBeUndefined();
        expect(again.map(timeless)).toEqual(reports.slice(epoch).map(timeless));
      }
    });

    it('by the signal, in a step or in validation, it keeps what is done', async () => {
      const whole = await trainLoop(stripePlan, stripeData, stripeStart());
      for (const after of [1, 14, 20]) {
        const controller = new AbortController();
        const reason = new Error('stopped by the user');
        const parts: Checkpoint[] = [];
        let done = 0;
        const stopped = trainLoop(
          stripePlan,
          stripeData,
          stripeStart(),
          {
            onStep: () => ++done === after && controller.abort(reason),
            onPart: (part) => void parts.push(part),
          },
          controller.signal,
        );
        await expect(stopped).rejects.toBe(reason);
        expect(parts.map(({ epoch, within }) => epoch * steps + within!.step)).toEqual([after]);
        const last = await trainLoop(stripePlan, stripeData, structuredClone(parts[0]));
        expect(bytesOf(last.numbers)).toBe(bytesOf(whole.numbers));
        expect(last.best).toEqual(whole.best);
      }
    });
  });

  it('takes new masks at a step, and nothing of what they prune survives', async () => {
    const start = stripeStart();
    const narrower = { 'conv1.weight': start.masks['conv1.weight'].map((v, i) => (i < 18 ? v : 0)) };
    const last = await trainLoop(stripePlan, stripeData, start, {
      masksAt: ({ epoch, step }) => (epoch === 1 && step === 3 ? narrower : undefined),
    });
    expect(last.masks).toEqual(narrower);
    expect(maskNumbers(last.numbers, narrower)['conv1.weight']).toEqual(last.numbers['conv1.weight']);
    expect(last.optimizer['momentum/conv1.weight'].subarray(18).every((v) => v === 0)).toBe(true);
  });
});
