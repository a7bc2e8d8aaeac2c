/** @file The schedules that change masks during training, and the hook that carries them out. */
import { createRng } from '../../data/rng.ts';
import { family } from '../../family/family.ts';
import { optionValues } from '../../family/option.ts';
import type { Masks } from '../../nn/masks.ts';
import type { Parameters } from '../../nn/network.ts';
import type { MaskingPlan, TrainData, TrainPlan } from '../../train/plan.ts';
import type { TrainHooks } from '../../train/trainLoop.ts';
import { fullMasks } from '../masks.ts';
import { meanGradients } from '../objectiveGradients.ts';
import { gmp } from './gmp.ts';
import { rigl } from './rigl.ts';
import type { MaskingSchedule, moments } from './schedule.ts';

/** Beside the criteria, as a configuration's prune_method: one state, pruned while it is trained. */
export const maskingSchedules = family<MaskingSchedule<typeof moments>>(
  { kind: 'masking schedule', plural: 'masking schedules', key: 'prune_method' },
  [gmp, rigl],
);

/**
 * Way from the first change to the last at a step, or undefined where no change is due: every `every` steps from
 * `begin` on, and at `end` itself, which is the last step of training at the latest.
 */
export function changeProgress(
  { begin, end, every }: MaskingPlan,
  step: number,
  stepsPerEpoch: number,
  epochs: number,
): number | undefined {
  const last = Math.min(Math.round(end * stepsPerEpoch), epochs * stepsPerEpoch - 1);
  const first = Math.min(Math.round(begin * stepsPerEpoch), last);
  if (step < first || step > last) return undefined;
  if (step === last) return 1;
  return (step - first) % every === 0 ? (step - first) / (last - first) : undefined;
}

/**
 * The hook for a plan; none where its masks stay. Gradients are those of one batch of training images, drawn by seed
 * and step alone, so that a resumed run changes its masks as an uninterrupted one does.
 */
export function maskingHooks(plan: TrainPlan, data: TrainData): Pick<TrainHooks, 'masksAt'> {
  const { masking, network } = plan;
  if (!masking) return {};
  const schedule = maskingSchedules.named(masking.schedule);
  const own = optionValues(schedule, masking.options);
  return {
    async masksAt({ epoch, step, stepsPerEpoch, masks, state }): Promise<Masks | undefined> {
      const at = epoch * stepsPerEpoch + step;
      const progress = changeProgress(masking, at, stepsPerEpoch, plan.epochs);
      if (progress === undefined) return undefined;
      const values = (tensors: Parameters<{ data: ArrayLike<number> }>): Record<string, Float32Array> =>
        Object.fromEntries(Object.entries(tensors).map(([key, t]) => [key, Float32Array.from(t.data)]));
      const weights = values(state.params);
      const gradients = async (): Promise<Record<string, Float64Array>> =>
        meanGradients(
          {
            network,
            numbers: { ...weights, ...values(state.buffers) },
            masks: fullMasks(network, Object.keys(masks)),
            rng: createRng(plan.seed).fork(`masking/${at}`),
            data: {
              dataset: data.train,
              images: plan.batchSize,
              batchSize: plan.batchSize,
              objective: plan.objective,
              objectiveOptions: plan.objectiveOptions,
              regularizers: plan.regularizers,
              epsilon: plan.epsilon.max,
              engine: plan.engine,
            },
          },
          masking.schedule,
        );
      return schedule.next({ plan: masking, progress, masks, weights, gradients }, own);
    },
  };
}
