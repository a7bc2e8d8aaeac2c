/** @file The attack stage: PGD against a specification, on the original network. */
import type { Goal } from '../attack/goal.ts';
import { pgdAttack } from '../attack/pgd.ts';
import type { Rng } from '../data/rng.ts';
import { compile } from '../engine/compile.ts';
import type { SessionOptions } from '../engine/session.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { forward } from '../nn/forward.ts';
import { parameterSpecs } from '../nn/parameters.ts';
import {
  amax,
  constant,
  expand,
  flatten,
  float32,
  matmul,
  mul,
  neg,
  reshape,
  sizeOf,
  sub,
  sum,
  transpose,
  type Tensor,
} from '../tensor/index.ts';
import type { Specification } from './specification.ts';

/** Strength of one attack. */
export interface AttackEffort {
  readonly steps: number;
  /** Random starts; they aim at the conjunctions in turn. */
  readonly restarts: number;
  /** Step as a share of the box's radius. */
  readonly relativeStep: number;
}

/** Before bounding. */
export const cheapAttack: AttackEffort = { steps: 20, restarts: 16, relativeStep: 0.25 };
/** When the bounds leave the question open; α,β-CROWN's default is 100 steps of ε/4. */
export const strongAttack: AttackEffort = { steps: 100, restarts: 64, relativeStep: 0.25 };

/** An attack on one network; programs are compiled once for each strength and size of specification. */
export interface Attacker {
  /** The point of smallest margin, in original units, and that margin as the engine computed it. */
  readonly attack: (
    spec: Specification,
    effort: AttackEffort,
    rng: Rng,
  ) => Promise<{ point: Float32Array; margin: number }>;
}

/** Conjunctions × rows × outputs as tensors; short conjunctions repeat their last row. */
interface RowTensors {
  readonly rows: Tensor;
  readonly bounds: Tensor;
  /** [B, C]: 1 at the conjunction each start aims at. */
  readonly aims: Tensor;
}

/** Distance from unsafe: max over the rows of a conjunction, min over conjunctions. */
function specificationGoal({ rows, bounds, aims }: RowTensors): Goal {
  const [conjunctions, count, outputs] = rows.shape as [number, number, number];
  const distances = (logits: Tensor): Tensor => {
    const values = matmul(flatten(logits), transpose(reshape(rows, [conjunctions * count, outputs]), 0, 1));
    const margins = sub(values, reshape(bounds, [1, conjunctions * count]));
    return amax(reshape(margins, [logits.shape[0], conjunctions, count]), 2);
  };
  return {
    margin: (logits) => neg(amax(neg(distances(logits)), 1)),
    loss: (logits) => neg(sum(mul(distances(logits), aims))),
  };
}

export function attacker({ network, numbers }: NumberedNetwork, options: SessionOptions = {}): Attacker {
  const params = Object.fromEntries(
    parameterSpecs(network).map(({ key, shape }) => [key, constant(numbers[key], shape)]),
  );
  const logitsOf = (x: Tensor): Tensor => forward(network, params, x, { mode: 'eval' }).output;

  const compileAttack = (
    { steps, restarts, relativeStep }: AttackEffort,
    conjunctions: number,
    rows: number,
    outputs: number,
  ) => {
    const one = float32([1, ...network.inputShape]);
    const all = [restarts, ...network.inputShape];
    return compile(
      ({ lower, upper, noise, ...spec }) => {
        const box = { lower: expand(lower, all), upper: expand(upper, all) };
        const stepSize = mul(sub(upper, lower), relativeStep / 2);
        return pgdAttack(logitsOf, { box, goal: specificationGoal(spec), stepSize, steps, noise });
      },
      {
        lower: one,
        upper: one,
        rows: float32([conjunctions, rows, outputs]),
        bounds: float32([conjunctions, rows]),
        aims: float32([restarts, conjunctions]),
        noise: float32([1, ...all]),
      },
      options,
    );
  };
  const programs = new Map<string, ReturnType<typeof compileAttack>>();

  return {
    async attack(spec, effort, rng) {
      const conjunctions = spec.unsafe.length;
      const rows = Math.max(...spec.unsafe.map((c) => c.length));
      const outputs = spec.unsafe[0][0].coefficients.length;
      const key = JSON.stringify([effort, conjunctions, rows, outputs]);
      const program = programs.get(key) ?? compileAttack(effort, conjunctions, rows, outputs);
      programs.set(key, program);
      const size = sizeOf(network.inputShape);
      const noise = new Float32Array(effort.restarts * size);
      rng.fillUniform(noise, 0, 1);
      const feeds = rowFeeds(spec, rows, outputs, effort.restarts);
      const { adversarial, margin } = await program.run({
        lower: Float32Array.from(spec.lower),
        upper: Float32Array.from(spec.upper),
        noise,
        ...feeds,
      });
      const margins = margin.data as Float32Array;
      const best = margins.reduce((at, value, i) => (value < margins[at] ? i : at), 0);
      return {
        point: (adversarial.data as Float32Array).slice(best * size, (best + 1) * size),
        margin: margins[best],
      };
    },
  };
}

function rowFeeds(
  { unsafe }: Specification,
  rows: number,
  outputs: number,
  restarts: number,
): { rows: Float32Array; bounds: Float32Array; aims: Float32Array } {
  const coefficients = new Float32Array(unsafe.length * rows * outputs);
  const bounds = new Float32Array(unsafe.length * rows);
  const aims = new Float32Array(restarts * unsafe.length);
  unsafe.forEach((conjunction, c) => {
    for (let r = 0; r < rows; r++) {
      const row = conjunction[Math.min(r, conjunction.length - 1)];
      coefficients.set(row.coefficients, (c * rows + r) * outputs);
      bounds[c * rows + r] = row.bound;
    }
  });
  for (let b = 0; b < restarts; b++) aims[b * unsafe.length + (b % unsafe.length)] = 1;
  return { rows: coefficients, bounds, aims };
}
