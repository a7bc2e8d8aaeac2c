/** @file What the restarts of an attack do: where they start, what they aim at, how large their steps are. */
import type { Rng } from '../data/rng.ts';
import type { AttackSizes } from './attackProgram.ts';
import { intoBall } from './prepare.ts';
import type { Specification } from './specification.ts';

/** Restarts at work, as the program takes and gives them: [restarts, …input shape], margins [restarts]. */
export interface AttackState {
  readonly x: Float32Array;
  readonly adversarial: Float32Array;
  readonly margin: Float32Array;
}

/** Larger than any margin. */
const unknownMargin = 3e38;

/** Random starts in the box (drawn into the ball) and random directions of the outputs, a run's worth at a time. */
export function startSource(
  { restarts, outputs }: AttackSizes,
  rng: Rng,
  spec: Specification,
  lower: Float32Array,
  upper: Float32Array,
) {
  const size = lower.length;
  const [startRng, directionRng] = [rng.fork('starts'), rng.fork('directions')];
  return {
    none: (): Float32Array => lower.slice(),
    next(): AttackState {
      const x = startRng.fillUniform(new Float32Array(restarts * size), 0, 1);
      for (let i = 0; i < x.length; i++) {
        const at = i % size;
        x[i] = Math.min(upper[at], Math.max(lower[at], lower[at] + x[i] * (upper[at] - lower[at])));
      }
      if (spec.ball)
        for (let r = 0; r < restarts; r++) {
          const one = x.subarray(r * size, (r + 1) * size);
          one.set(intoBall(spec.ball, one, spec.lower, spec.upper));
        }
      return { x, adversarial: x, margin: new Float32Array(restarts).fill(unknownMargin) };
    },
    directions: (): Float32Array => directionRng.fillUniform(new Float32Array(restarts * outputs), -1, 1),
  };
}

/**
 * Who aims at what: restarts that run together take turns through the conjunctions, those first that came closest to
 * being met so far.
 */
export function aimOrder(candidates: readonly number[], conjunctions: number) {
  const closest = new Float64Array(conjunctions).fill(Infinity);
  return {
    /** @param distances from each conjunction, [restarts, conjunctions] */
    see(distances: Float32Array): void {
      distances.forEach((d, i) => {
        const c = i % conjunctions;
        if (d < closest[c]) closest[c] = d;
      });
    },
    /** @returns 1 at each restart's conjunction, [restarts, conjunctions] */
    next(restarts: number): Float32Array {
      const sorted = candidates.toSorted((a, b) =>
        closest[a] === closest[b] ? a - b : closest[a] - closest[b],
      );
      const aims = new Float32Array(restarts * conjunctions);
      for (let r = 0; r < restarts; r++) aims[r * conjunctions + sorted[r % sorted.length]] = 1;
      return aims;
    },
  };
}

/** Steps of diversification: the paper's 2, with the whole radius as step. One restart in so many does without. */
const diverseSteps = 2;
const diverseShare = 1;
const plainEvery = 5;

/**
 * Step sizes of a run, and which steps diversify; steps beyond the effort have size 0. Sizes fall along half a cosine
 * wave: large steps leave poor starts behind, small ones settle elements that would else jump about their best value.
 * @param done steps made before, of restarts numbered from `begun` on
 */
export function stepPlan(
  { restarts, steps }: AttackSizes,
  effort: { readonly steps: number; readonly relativeStep: number },
  done: number,
  begun: number,
): { shares: Float32Array; diverse: Float32Array } {
  const shares = new Float32Array(steps * restarts);
  const diverse = new Float32Array(steps * restarts);
  const warmUp = effort.steps > 4 * diverseSteps ? diverseSteps : 0;
  for (let s = 0; s < steps && done + s < effort.steps; s++) {
    const fallen = 1 + Math.cos((Math.PI * (done + s)) / effort.steps);
    for (let r = 0; r < restarts; r++) {
      const turns = (begun + r) % plainEvery !== plainEvery - 1 && done + s < warmUp;
      shares[s * restarts + r] = turns ? diverseShare : 2 * fallen * effort.relativeStep;
      diverse[s * restarts + r] = turns ? 1 : 0;
    }
  }
  return { shares, diverse };
}
