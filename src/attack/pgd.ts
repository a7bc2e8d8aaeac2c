/** @file PGD: repeated signed steps with projection (Madry et al. 2018), all inside one loop of the program. */
import {
  expand,
  constant,
  indexSelect,
  loop,
  lt,
  reshape,
  stopGradient,
  vjp,
  where,
  type Tensor,
} from '../tensor/index.ts';
import { pointIn, type Box } from './box.ts';
import { signedStep } from './fgsm.ts';
import type { Goal } from './goal.ts';

export interface PgdOptions {
  readonly box: Box;
  readonly goal: Goal;
  readonly stepSize: Tensor | number;
  readonly steps: number;
  /** Where to start [B,…]; or `noise`. */
  readonly start?: Tensor;
  /** Uniform noise in 0..1, [restarts,B,…]: one attack from each random point of the box. */
  readonly noise?: Tensor;
}

export interface PgdResult {
  /** The point of smallest margin among all points visited, [B,…]. */
  readonly adversarial: Tensor;
  /** Its margin [B]; ≤ 0 is a success. */
  readonly margin: Tensor;
}

/** Per row, the result with the smaller margin. */
function better(a: PgdResult, b: PgdResult): PgdResult {
  const wins = lt(b.margin, a.margin);
  const [batch] = a.margin.shape as [number];
  const { shape } = a.adversarial;
  const rows = reshape(wins, [batch, ...shape.slice(1).map(() => 1)]);
  return {
    adversarial: where(rows, b.adversarial, a.adversarial),
    margin: where(wins, b.margin, a.margin),
  };
}

/** Larger than any margin. */
const unknownMargin = 3e38;

/** An attack at work: where it stands, and the best point so far. */
export interface PgdState extends PgdResult {
  readonly x: Tensor;
}

/** An attack that has not begun. @param start [B,…], in the box */
const stateAt = (start: Tensor): PgdState => ({
  x: start,
  adversarial: start,
  margin: expand(constant(unknownMargin), [start.shape[0]]),
});

/** What one step follows: by default the goal's loss. */
export interface PgdStep {
  readonly stepSize: Tensor | number;
  readonly loss?: Goal['loss'];
  /** Steps made before this one, int32 []; default the number of the step itself. */
  readonly made?: Tensor;
}

/**
 * Some steps of an attack, from where it stands; a constant to differentiation. The last point is looked at too.
 * @param stepAt the step's number is an int32 [], counting from 0
 */
export function pgdSteps(
  logitsOf: (x: Tensor) => Tensor,
  state: PgdState,
  { box, goal, steps }: Pick<PgdOptions, 'box' | 'goal' | 'steps'>,
  stepAt: (step: Tensor) => PgdStep,
): PgdState {
  const after = loop<PgdState>(steps, { ...state }, ({ x, ...found }, step) => {
    const { stepSize, loss = goal.loss, made = step } = stepAt(step);
    const logits = logitsOf(x);
    const [gradient] = vjp(loss(logits), [x]);
    const next = signedStep(x, gradient, stepSize, box, made);
    return { x: next, ...better(found, { adversarial: x, margin: goal.margin(logits) }) };
  });
  const last = { adversarial: after.x, margin: goal.margin(logitsOf(after.x)) };
  const best = better({ adversarial: after.adversarial, margin: after.margin }, last);
  return {
    x: stopGradient(after.x),
    adversarial: stopGradient(best.adversarial),
    margin: stopGradient(best.margin),
  };
}

/** One attack from one start. */
function attackFrom(logitsOf: (x: Tensor) => Tensor, start: Tensor, options: PgdOptions): PgdResult {
  const { stepSize } = options;
  const { adversarial, margin } = pgdSteps(logitsOf, stateAt(start), options, () => ({ stepSize }));
  return { adversarial, margin };
}

/**
 * The strongest point found; a constant to differentiation.
 * @param logitsOf input [B,…] → logits [B,K]; rows must not interact for margins to mean anything
 * @throws Error unless exactly one of `start` and `noise` is given
 */
export function pgdAttack(logitsOf: (x: Tensor) => Tensor, options: PgdOptions): PgdResult {
  const { start, noise, box } = options;
  if ((start === undefined) === (noise === undefined))
    throw new Error('pgdAttack needs either a start or noise');
  const stopped = ({ adversarial, margin }: PgdResult): PgdResult => ({
    adversarial: stopGradient(adversarial),
    margin: stopGradient(margin),
  });
  if (start) return stopped(attackFrom(logitsOf, start, options));

  const [restarts] = noise!.shape as [number];
  const { shape } = box.lower;
  const noiseOf = (restart: Tensor): Tensor => reshape(indexSelect(noise!, 0, reshape(restart, [1])), shape);
  if (restarts === 1) return stopped(attackFrom(logitsOf, pointIn(box, reshape(noise!, shape)), options));
  const best: PgdResult = {
    adversarial: box.lower,
    margin: expand(constant(unknownMargin), [shape[0]]),
  };
  return stopped(
    loop(restarts, best, (found, restart) =>
      better(found, attackFrom(logitsOf, pointIn(box, noiseOf(restart)), options)),
    ),
  );
}

/** The last point of a PGD walk, without keeping the best: what adversarial training trains on. */
export function pgdWalk(
  lossOf: (x: Tensor) => Tensor,
  start: Tensor,
  box: Box,
  stepSize: Tensor | number,
  steps: number,
): Tensor {
  const { x } = loop(steps, { x: start }, (carried, step) => {
    const [gradient] = vjp(lossOf(carried.x), [carried.x]);
    return { x: signedStep(carried.x, gradient, stepSize, box, step) };
  });
  return stopGradient(x);
}
