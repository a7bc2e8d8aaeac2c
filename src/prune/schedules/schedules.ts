/** @file The table of schedules that change masks during training, and the hook that carries them out. */
import { createRng } from '../../data/rng.ts';
import { UserError } from '../../formats/userError.ts';
import type { Masks } from '../../nn/masks.ts';
import type { Parameters } from '../../nn/network.ts';
import type { MaskingPlan, TrainData, TrainPlan } from '../../train/plan.ts';
import type { TrainHooks } from '../../train/trainLoop.ts';
import { fullMasks } from '../masks.ts';
import { meanGradients } from '../objectiveGradients.ts';
import { gmp } from './gradual.ts';
import type { MaskingScheduleName } from './names.ts';
import { rigl } from './rigl.ts';
import type { MaskingSchedule } from './schedule.ts';

const schedules: Readonly<Record<MaskingScheduleName, MaskingSchedule>> = { gmp, rigl };

/** A schedule by name. @throws UserError where the name is unknown */
export function maskingScheduleNamed(name: string): MaskingSchedule {
  const schedule = (schedules as Readonly<Record<string, MaskingSchedule>>)[name];
  if (!schedule)
    throw new UserError(
      `There is no masking schedule '${name}'. Choose one of: ${Object.keys(schedules).join(', ')}.`,
    );
  return schedule;
}

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
  const schedule = maskingScheduleNamed(masking.schedule);
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
      return schedule.next({ plan: masking, progress, masks, weights, gradients });
    },
  };
}
