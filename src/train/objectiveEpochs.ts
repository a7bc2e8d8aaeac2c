/** @file Which objectives a plan's schedule of the radius comes through, and for how many epochs each. */
import { epsilonSchedule } from './schedules/epsilon.ts';
import type { TrainPlan } from './plan.ts';
import { objectiveAt } from './stepMachine.ts';

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
