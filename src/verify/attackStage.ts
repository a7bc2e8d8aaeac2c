/** @file The attack stage: PGD against a specification, on the original network, in short runs of some restarts each. */
import type { Rng } from '../data/rng.ts';
import type { BackendOptions } from '../engine/backend/backend.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { macsOf } from '../nn/macs.ts';
import { sizeOf } from '../tensor/index.ts';
import { aimOrder, startSource, stepPlan, type AttackState } from './attackPlan.ts';
import { attackProgram, rowFeeds, type AttackSizes } from './attackProgram.ts';
import type { Specification } from './specification.ts';

/** Strength of one attack. */
export interface AttackEffort {
  /** Steps of each start, those that diversify included. */
  readonly steps: number;
  /** Random starts; they aim at the conjunctions in turn, and four in five begin by diversifying. */
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

export function attacker(net: NumberedNetwork, options: BackendOptions = {}): Attacker {
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
      const crowded = unsafe.length > sizes.restarts;
      const judged = async (state: AttackState, r: number): Promise<Attacked> => {
        const point = state.adversarial.slice(r * size, (r + 1) * size);
        const margin = state.margin[r];
        return { point, margin, accepted: margin <= 0 && (await accept(point)) };
      };
      let best: Attacked = { point: starts.none(), margin: Infinity, accepted: false };
      for (let begun = 0; begun < effort.restarts; begun += sizes.restarts) {
        let targets = order.next(sizes.restarts);
        let state: AttackState = starts.next();
        const directions = starts.directions();
        for (let done = 0; done < effort.steps; done += sizes.steps) {
          checkpoint?.();
          const plan = stepPlan(sizes, effort, done, begun);
          // More conjunctions than restarts: which ones are close is known now.
          if (crowded && begun === 0 && done === sizes.steps) targets = order.next(sizes.restarts);
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
