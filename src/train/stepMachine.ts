/** @file The compiled steps of a training run: one for each objective that the plan's comes down to, one shared state. */
import { compile, type Executable, type FeedsOf } from '../engine/compile.ts';
import { hostTensorOf, type HostTensor } from '../engine/hostTensor.ts';
import { createStateful, type StatefulRunner } from '../engine/stateful.ts';
import { maskNumbers } from '../nn/masks.ts';
import { buildOptimizer } from '../nn/optimizers/optimizers.ts';
import type { Parameters } from '../nn/network.ts';
import { splitParameters } from '../nn/parameters.ts';
import type { Shape, Tensor, TensorSpec } from '../tensor/index.ts';
import type { BlockedRun } from './objectives/objective.ts';
import { objectives } from './objectives/objectives.ts';
import type { Checkpoint, TrainPlan } from './plan.ts';
import {
  stepNoise,
  trainStep,
  trainStepSpecs,
  type TrainState,
  type TrainStepArguments,
  type TrainStepOptions,
  type TrainStepResult,
} from './trainStep.ts';
import { epsilonSchedule } from './schedules/epsilon.ts';

export type StepRunner = StatefulRunner<TrainStepArguments<TensorSpec>, TrainStepResult<Tensor>>;

/** What a step is fed beside its state. */
export type StepFeeds = Omit<FeedsOf<TrainStepArguments<TensorSpec>>, 'state' | 'found' | 'noise'> & {
  readonly x: Float32Array;
  readonly y: Int32Array;
  readonly noise: Readonly<Record<string, Float32Array>>;
  readonly epsilon: number;
};

/** Runs a step, and before it what its objective needs. @throws the signal's reason once it is aborted */
export async function runStep(
  { runner, blocks }: ReadyStep,
  feeds: StepFeeds,
  signal?: AbortSignal,
): Promise<Parameters<HostTensor>> {
  const { x, y, noise, epsilon } = feeds;
  const found = (await blocks?.before({ numbers: numbersIn(runner), x, y, noise, epsilon }, signal)) ?? {};
  const { metrics } = (await runner.step({ ...feeds, found })) as { metrics: Parameters<HostTensor> };
  return metrics;
}

/** Parameters and buffers of a step's state. */
export function numbersIn(runner: StepRunner): Parameters<HostTensor> {
  const { params, buffers } = runner.state();
  return { ...params, ...buffers };
}

/** A step ready to run. */
export interface ReadyStep {
  /** The objective in use. */
  readonly objective: string;
  readonly runner: StepRunner;
  /** What runs before each step; absent for most objectives. */
  readonly blocks?: BlockedRun | undefined;
  /** Gives the memory of its runs back. */
  release(): Promise<void>;
  /** Noise it is fed: name → shape. */
  readonly noise: Readonly<Record<string, Shape>>;
}

export interface StepMachine {
  /** The step for a radius; the state comes along. The step used before gives its memory back. */
  at(epsilon: number): Promise<ReadyStep>;
  /** The state that all steps share. */
  state(): TrainState<HostTensor>;
}

/** The plan's objective, or the simplest with the same loss at this radius: clean images at 0, IBP at CROWN-IBP's end. */
export function objectiveAt(
  { objective, objectiveOptions }: Pick<TrainPlan, 'objective' | 'objectiveOptions'>,
  epsilon: number,
): string {
  let name = objective;
  for (;;) {
    const simpler = objectives.named(name).simplerAt?.(epsilon, objectiveOptions);
    if (simpler === undefined) return name;
    name = simpler;
  }
}

function stepOptions(plan: TrainPlan, objective: string, maskKeys: readonly string[]): TrainStepOptions {
  return {
    network: plan.network,
    objective: objectives.named(objective),
    objectiveOptions: plan.objectiveOptions,
    regularizers: Object.fromEntries(
      Object.entries(plan.regularizers ?? {}).map(([name, { options = {} }]) => [name, options]),
    ),
    optimizer: buildOptimizer(plan.optimizer, plan.optimizerOptions),
    batchSize: plan.batchSize,
    clip: plan.clip,
    maskKeys,
  };
}

/** The step's program for a plan. */
export function compileStep(
  plan: TrainPlan,
  maskKeys: readonly string[],
  objective = plan.objective,
): Executable<TrainStepArguments<TensorSpec>, TrainStepResult<Tensor>> {
  const options = stepOptions(plan, objective, maskKeys);
  return compile(trainStep(options), trainStepSpecs(options), plan.engine);
}

/** Masked parameters, buffers, and the optimiser's state, zero where the checkpoint has none. */
function initialState(
  plan: TrainPlan,
  step: ReturnType<typeof compileStep>,
  { numbers, masks, optimizer }: Checkpoint,
): TrainState<Float32Array> {
  const { trainable, buffers } = splitParameters(plan.network, maskNumbers(numbers, masks));
  const slots: Record<string, Float32Array> = {};
  const prefix = 'state.optimizer.';
  for (const input of step.program.inputs) {
    const { name } = input.attributes;
    if (!name.startsWith(prefix)) continue;
    const key = name.slice(prefix.length);
    slots[key] = optimizer[key] ?? (hostTensorOf([], input).data as Float32Array);
  }
  return { params: trainable, buffers, optimizer: slots };
}

/** Starts from a checkpoint; a program is compiled when a radius first asks for it. */
export function stepMachine(plan: TrainPlan, start: Checkpoint): StepMachine {
  const made = new Map<string, ReadyStep>();
  const maskKeys = Object.keys(start.masks);
  let active: ReadyStep | undefined;
  const make = (objective: string): ReadyStep => {
    const step = compileStep(plan, maskKeys, objective);
    const state = active ? active.runner.state() : initialState(plan, step, start);
    const runner = createStateful(step, state as never) as StepRunner;
    const noise = stepNoise(stepOptions(plan, objective, maskKeys));
    const { objectiveOptions, network, batchSize, engine } = plan;
    const blocks = objectives.named(objective).blocks?.create(network, batchSize, objectiveOptions, engine);
    const release = async (): Promise<void> => {
      await step.release();
      await blocks?.release();
    };
    const ready: ReadyStep = { objective, runner, blocks, noise, release };
    made.set(objective, ready);
    return ready;
  };
  return {
    async at(epsilon) {
      const objective = objectiveAt(plan, epsilon);
      if (active?.objective === objective) return active;
      const before = active;
      const found = made.get(objective);
      if (found && before) found.runner.setState(before.runner.state());
      active = found ?? make(objective);
      await before?.release();
      return active;
    },
    state() {
      active ??= make(objectiveAt(plan, 0));
      return active.runner.state();
    },
  };
}

/** An objective's share of training. */
export interface ObjectiveEpochs {
  /** Name in the table of objectives. */
  readonly objective: string;
  /** A radius at which the plan comes down to it, raw pixel units. */
  readonly epsilon: number;
  readonly epochs: number;
}

/**
 * Told by the radius in the middle of each epoch, in the order of training. The adaptive schedule, which follows the
 * loss, is taken not to arrive at its end.
 * @param steps of an epoch
 * @throws UserError for a schedule that is unknown or lacks an option
 */
export function objectiveEpochs(
  plan: Pick<TrainPlan, 'objective' | 'objectiveOptions' | 'epsilon' | 'epochs'>,
  steps: number,
): ObjectiveEpochs[] {
  const schedule = epsilonSchedule(plan.epsilon);
  const found = new Map<string, ObjectiveEpochs>();
  for (let epoch = 1; epoch <= plan.epochs; epoch++) {
    const position = { epoch, batch: Math.floor(steps / 2), batchesPerEpoch: steps };
    const epsilon = schedule.at(position);
    const objective = objectiveAt(plan, epsilon);
    const before = found.get(objective);
    found.set(
      objective,
      before ? { ...before, epochs: before.epochs + 1 } : { objective, epsilon, epochs: 1 },
    );
  }
  return [...found.values()];
}
