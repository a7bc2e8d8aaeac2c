/** @file The training loop: epochs of steps, validation, checkpoints; the same bits after an interruption. */
import { performance } from 'node:perf_hooks';
import { imageCount } from '../data/dataset.ts';
import { createRng, type Rng } from '../data/rng.ts';
import { batchPlan, directBatches, type BatchSource } from './batchSource.ts';
import { certifiedMetrics, type CertifiedMetrics } from './certify.ts';
import { evaluateAccuracies, type Accuracies } from './evaluate.ts';
import type { BestEpoch, Checkpoint, TrainData, TrainEpoch, TrainPlan } from './plan.ts';
import { arraysOf, beginEpoch, numbersOf, runEpoch, type TrainHooks } from './runEpoch.ts';
import { epsilonSchedule } from './schedules/epsilon.ts';
import { stepMachine } from './stepMachine.ts';

export type { MaskPosition, TrainHooks } from './runEpoch.ts';

/**
 * Trains from a checkpoint to the plan's last epoch.
 * Order, augmentation and noise of an epoch follow from (seed, epoch, batch) alone, so a run continued from the
 * checkpoint of any epoch, or of any step, ends with the bits of an uninterrupted one.
 * @param batches of the plan's training images; the caller closes it
 * @returns the last checkpoint
 * @throws UserError where the loss is not finite, naming epoch and step; the signal's reason once it is aborted
 */
export async function trainLoop(
  plan: TrainPlan,
  data: TrainData,
  start: Checkpoint,
  hooks: TrainHooks = {},
  signal?: AbortSignal,
  batches: BatchSource = directBatches(batchPlan(plan, data.train)),
): Promise<Checkpoint> {
  const rng = createRng(plan.seed);
  const machine = stepMachine(plan, start);
  const schedule = epsilonSchedule(plan.epsilon, start.schedule);
  let { masks } = start;
  let part = start.within;
  let checkpoint: Checkpoint = { ...start, seconds: start.seconds - (part?.seconds ?? 0), within: undefined };

  for (let epoch = start.epoch; epoch < plan.epochs; epoch++) {
    const began = performance.now() - 1e3 * (part?.seconds ?? 0);
    const elapsed = (): number => (performance.now() - began) / 1e3;
    const position = beginEpoch(masks, schedule, part);
    const { step: begun } = position;
    part = undefined;
    const tellPart = (): void => {
      const { schedule: remembered, masks: present, ...done } = position;
      hooks.onPart?.({
        ...checkpoint,
        numbers: numbersOf(machine.state()),
        masks: present,
        optimizer: arraysOf(machine.state().optimizer),
        schedule: remembered,
        seconds: checkpoint.seconds + elapsed(),
        within: { ...done, totals: { ...done.totals }, seconds: elapsed() },
      });
    };
    let epochRun: Awaited<ReturnType<typeof runEpoch>>;
    let numbers: Record<string, Float32Array>;
    let accuracies: Awaited<ReturnType<typeof validate>>;
    let trainSeconds: number;
    try {
      epochRun = await runEpoch({
        plan,
        data,
        batches,
        machine,
        schedule,
        position,
        hooks,
        signal,
        epoch,
        tellPart,
      });
      masks = position.masks;
      trainSeconds = elapsed();
      numbers = numbersOf(machine.state());
      accuracies = await validate(plan, data, numbers, rng, signal);
    } catch (error) {
      if (signal?.aborted && error === signal.reason && position.step > begun) tellPart();
      throw error;
    }
    const best = betterEpoch(plan, epoch, accuracies, checkpoint.best);
    const isBest = best?.epoch === epoch;
    const seconds = elapsed();
    checkpoint = {
      epoch: epoch + 1,
      numbers,
      masks,
      optimizer: arraysOf(machine.state().optimizer),
      schedule: schedule.state(),
      best,
      seconds: checkpoint.seconds + seconds,
    };
    const report: TrainEpoch = {
      epoch,
      epochs: plan.epochs,
      ...epochRun.means,
      learningRate: epochRun.learningRate,
      epsilon: epochRun.epsilon,
      ...accuracies,
      seconds,
      imagesPerSecond: (epochRun.steps * plan.batchSize) / trainSeconds,
    };
    await hooks.onEpoch?.(report, checkpoint, isBest);
  }
  return checkpoint;
}

async function validate(
  plan: TrainPlan,
  { validation }: TrainData,
  numbers: Record<string, Float32Array>,
  rng: Rng,
  signal: AbortSignal | undefined,
): Promise<(Accuracies & Partial<CertifiedMetrics>) | undefined> {
  if (imageCount(validation) === 0) return undefined;
  const { network, evaluation, engine } = plan;
  const accuracies = await evaluateAccuracies(network, numbers, validation, evaluation, {
    rng: rng.fork('validation'),
    engine,
    signal,
  });
  if (!plan.certify) return accuracies;
  const certified = await certifiedMetrics(network, numbers, validation, plan.certify, { engine, signal });
  return { ...accuracies, ...certified };
}

/** The epoch just done if its accuracy is above the best so far, else that. */
function betterEpoch(
  { criterion, bestFrom = 0 }: TrainPlan,
  epoch: number,
  accuracies: (Accuracies & Partial<CertifiedMetrics>) | undefined,
  best: BestEpoch | undefined,
): BestEpoch | undefined {
  const value = accuracies?.[criterion];
  if (epoch < bestFrom || value === undefined || (best && best.value >= value)) return best;
  return { epoch, criterion, value };
}
