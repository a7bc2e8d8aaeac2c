/** @file The attack stage: PGD against a specification, on the original network, in short runs of some restarts each. */
import type { Rng } from '../data/rng.ts';
import type { SessionOptions } from '../engine/session.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { macsOf } from '../prune/networkSize.ts';
import { sizeOf } from '../tensor/index.ts';
import { attackProgram, rowFeeds, type AttackSizes } from './attackProgram.ts';
import { intoBall } from './prepare.ts';
import type { Specification } from './specification.ts';

/** Strength of one attack. */
export interface AttackEffort {
  /** Steps of each start, those that diversify included. */
  readonly steps: number;
  /** Random starts; they aim at the conjunctions in turn; three rounds in four begin by diversifying. */
  readonly restarts: number;
  /** Middling step as a share of the box's radius: steps shrink from four times as much to nothing. */
  readonly relativeStep: number;
}

/** Before bounding. */
export const cheapAttack: AttackEffort = { steps: 20, restarts: 16, relativeStep: 0.25 };
/** When the bounds leave the question open; α,β-CROWN's default is 100 steps of ε/4. */
export const strongAttack: AttackEffort = { steps: 100, restarts: 64, relativeStep: 0.25 };

/** What an attack may be told besides. */
export interface AttackGuidance {
  /** Conjunctions (by number) that are worth aiming at; default all. */
  readonly aims?: readonly number[];
  /** Called between runs; throws to stop. */
  readonly checkpoint?: () => void;
  /** Whether a point of margin ≤ 0 is the counterexample wanted: it then ends the attack. Default: it is. */
  readonly accept?: (point: Float32Array) => Promise<boolean>;
}

export interface Attacked {
  /** The accepted point, else the one of smallest margin; in original units. */
  readonly point: Float32Array;
  /** Its margin as the engine computed it. */
  readonly margin: number;
  readonly accepted: boolean;
}

/** An attack on one network; programs are compiled once for each size of restarts and specification. */
export interface Attacker {
  readonly attack: (
    spec: Specification,
    effort: AttackEffort,
    rng: Rng,
    guidance?: AttackGuidance,
  ) => Promise<Attacked>;
}

/** Restarts and steps of one run, where the network is small enough. */
const restartsTogether = 16;
const stepsTogether = 10;
/** Multiplications of one run: some tenths of a second on one core, so that limits are kept. */
const runWork = 1e10;

/** Steps of diversification: the paper's 2, with the whole radius as step. One round in so many does without. */
const diverseSteps = 2;
const plainRound = 4;
const diverseShare = 1;

/** Restarts in one run (all runs alike) and steps in one run. */
function runSizes(
  restarts: number,
  network: NumberedNetwork['network'],
): { restarts: number; steps: number } {
  // A step is a forward and a backward pass.
  const stepWork = Math.max(1, 2 * macsOf(network));
  const affordable = Math.max(1, Math.floor(runWork / stepWork));
  const together = Math.min(restartsTogether, affordable);
  const rounds = Math.ceil(restarts / together);
  const each = Math.ceil(restarts / rounds);
  return { restarts: each, steps: Math.max(1, Math.min(stepsTogether, Math.floor(affordable / each))) };
}

export function attacker(net: NumberedNetwork, options: SessionOptions = {}): Attacker {
  const size = sizeOf(net.network.inputShape);
  const programs = new Map<string, ReturnType<typeof attackProgram>>();
  const programFor = (sizes: AttackSizes): ReturnType<typeof attackProgram> => {
    const key = JSON.stringify(sizes);
    const program = programs.get(key) ?? attackProgram(net, sizes, options);
    programs.set(key, program);
    return program;
  };

  return {
    async attack(spec, effort, rng, { aims, checkpoint, accept = async () => true } = {}) {
      const { unsafe } = spec;
      const sizes: AttackSizes = {
        ...runSizes(effort.restarts, net.network),
        conjunctions: unsafe.length,
        rows: Math.max(...unsafe.map((c) => c.length)),
        outputs: unsafe[0][0].coefficients.length,
        norm: spec.ball?.norm ?? 'inf',
      };
      const lower = Float32Array.from(spec.lower);
      const upper = Float32Array.from(spec.upper);
      const ball = spec.ball && {
        center: Float32Array.from(spec.ball.center),
        radius: Float32Array.from(spec.ball.radius),
      };
      const common = { lower, upper, ball, ...rowFeeds(unsafe, sizes) };
      const starts = startSource(sizes, rng, spec, lower, upper);
      const order = aimOrder(aims ?? unsafe.map((_, c) => c), unsafe.length);
      const judged = async (state: AttackState, r: number): Promise<Attacked> => {
        const point = state.adversarial.slice(r * size, (r + 1) * size);
        const margin = state.margin[r];
        return { point, margin, accepted: margin <= 0 && (await accept(point)) };
      };
      let best: Attacked = { point: starts.none(), margin: Infinity, accepted: false };
      for (let begun = 0; begun < effort.restarts; begun += sizes.restarts) {
        const { aims: targets, rounds } = order.next(begun, sizes.restarts);
        let state: AttackState = starts.next();
        const directions = starts.directions();
        for (let done = 0; done < effort.steps; done += sizes.steps) {
          checkpoint?.();
          const plan = stepPlan(sizes, effort, done, rounds);
          const found = await programFor(sizes).run({
            ...common,
            ...state,
            ...plan,
            begun: Int32Array.of(done),
            aims: targets,
            directions,
          });
          const margins = found.margin.data as Float32Array;
          state = {
            x: found.x.data as Float32Array,
            adversarial: found.adversarial.data as Float32Array,
            margin: margins,
          };
          order.see(found.distances.data as Float32Array);
          const least = margins.reduce((at, value, i) => (value < margins[at] ? i : at), 0);
          if (!(margins[least] < best.margin)) continue;
          best = await judged(state, least);
          if (best.accepted) return best;
        }
        // What was refused by other measures than the margin leaves the other starts to be tried.
        for (const [r, margin] of best.margin <= 0 ? state.margin.entries() : []) {
          const other = margin <= 0 ? await judged(state, r) : undefined;
          if (other?.accepted) return other;
        }
      }
      return best;
    },
  };
}

interface AttackState {
  readonly x: Float32Array;
  readonly adversarial: Float32Array;
  readonly margin: Float32Array;
}

/** Larger than any margin. */
const unknownMargin = 3e38;

/** Random starts in the box (drawn into the ball) and random directions of the outputs, a run's worth at a time. */
function startSource(
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
 * Who aims at what: the conjunctions in turn, those first that came closest to being met so far; a round is one turn
 * through all of them.
 */
function aimOrder(candidates: readonly number[], conjunctions: number) {
  const closest = new Float64Array(conjunctions).fill(Infinity);
  return {
    see(distances: Float32Array): void {
      distances.forEach((d, i) => {
        const c = i % conjunctions;
        if (d < closest[c]) closest[c] = d;
      });
    },
    next(begun: number, restarts: number): { aims: Float32Array; rounds: number[] } {
      const sorted = candidates.toSorted((a, b) =>
        closest[a] === closest[b] ? a - b : closest[a] - closest[b],
      );
      const aims = new Float32Array(restarts * conjunctions);
      const rounds: number[] = [];
      for (let r = 0; r < restarts; r++) {
        aims[r * conjunctions + sorted[(begun + r) % sorted.length]] = 1;
        rounds.push(Math.floor((begun + r) / sorted.length));
      }
      return { aims, rounds };
    },
  };
}

/**
 * Step sizes of a run, and which steps diversify; steps beyond the effort have size 0. Sizes fall along half a cosine
 * wave: large steps leave poor starts behind, small ones settle elements that would else jump about their best value.
 */
function stepPlan(
  { restarts, steps }: AttackSizes,
  effort: AttackEffort,
  done: number,
  rounds: readonly number[],
): { shares: Float32Array; diverse: Float32Array } {
  const shares = new Float32Array(steps * restarts);
  const diverse = new Float32Array(steps * restarts);
  const warmUp = effort.steps > 4 * diverseSteps ? diverseSteps : 0;
  for (let s = 0; s < steps && done + s < effort.steps; s++) {
    const fallen = 1 + Math.cos((Math.PI * (done + s)) / effort.steps);
    for (let r = 0; r < restarts; r++) {
      const turns = rounds[r] % plainRound !== plainRound - 1 && done + s < warmUp;
      shares[s * restarts + r] = turns ? diverseShare : 2 * fallen * effort.relativeStep;
      diverse[s * restarts + r] = turns ? 1 : 0;
    }
  }
  return { shares, diverse };
}
