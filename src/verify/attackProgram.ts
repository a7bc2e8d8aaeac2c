/** @file The program of the attack stage: a block of PGD steps for several restarts against a specification. */
import { pgdSteps } from '../attack/pgd.ts';
import type { Norm } from '../bounds/ball.ts';
import { compile } from '../engine/compile.ts';
import type { BackendOptions } from '../engine/backend/backend.ts';
import type { NumberedNetwork } from '../nn/foldBatchNorm.ts';
import { forward } from '../nn/forward.ts';
import { parameterSpecs } from '../nn/parameters.ts';
import {
  add,
  amax,
  constant,
  expand,
  flatten,
  float32,
  indexSelect,
  int32,
  matmul,
  mul,
  neg,
  reshape,
  sub,
  sum,
  transpose,
  type Tensor,
} from '../tensor/index.ts';
import type { Conjunction } from './specification.ts';

/** Sizes that a program is compiled for. */
export interface AttackSizes {
  /** Restarts side by side. */
  readonly restarts: number;
  readonly steps: number;
  readonly conjunctions: number;
  /** Rows of the longest conjunction. */
  readonly rows: number;
  readonly outputs: number;
  /** `inf`: the inputs are a box. */
  readonly norm: Norm;
}

/** Conjunctions × rows × outputs as tensors; short conjunctions repeat their last row. */
interface RowTensors {
  readonly rows: Tensor;
  readonly bounds: Tensor;
}

/** Distance from each conjunction, [B, C]: max over its rows; ≤ 0 is unsafe. */
function distancesOf({ rows, bounds }: RowTensors): (logits: Tensor) => Tensor {
  const [conjunctions, count, outputs] = rows.shape as [number, number, number];
  return (logits) => {
    const values = matmul(flatten(logits), transpose(reshape(rows, [conjunctions * count, outputs]), 0, 1));
    const margins = sub(values, reshape(bounds, [1, conjunctions * count]));
    return amax(reshape(margins, [logits.shape[0], conjunctions, count]), 2);
  };
}

/**
 * A block of steps. A restart either follows the distance from the conjunction it aims at, or a direction of the
 * outputs: output diversification (Tashiro et al. 2020, eq. 2-3; the length of the gradient is lost in its sign).
 * @param sizes the box and the rows are inputs, so that one program serves many specifications
 */
export function attackProgram(
  { network, numbers }: NumberedNetwork,
  { restarts, steps, conjunctions, rows, outputs, norm }: AttackSizes,
  options: BackendOptions,
) {
  const params = Object.fromEntries(
    parameterSpecs(network).map(({ key, shape }) => [key, constant(numbers[key], shape)]),
  );
  const logitsOf = (x: Tensor): Tensor => forward(network, params, x, { mode: 'eval' }).output;
  const one = float32([1, ...network.inputShape]);
  const all = [restarts, ...network.inputShape];
  return compile(
    ({
      lower,
      upper,
      ball,
      begun,
      shares,
      diverse,
      aims,
      directions,
      rows: coefficients,
      bounds,
      ...state
    }) => {
      const distances = distancesOf({ rows: coefficients, bounds });
      const radius = ball ? ball.radius : mul(sub(upper, lower), 0.5);
      const wide = (t: Tensor): Tensor => expand(t, all);
      const margin = (logits: Tensor): Tensor => neg(amax(neg(distances(logits)), 1));
      const ofStep = (table: Tensor, step: Tensor): Tensor =>
        reshape(indexSelect(table, 0, reshape(step, [1])), [restarts, 1]);
      const aimed = (logits: Tensor, how: Tensor): Tensor => neg(sum(mul(distances(logits), mul(aims, how))));
      const turned = (logits: Tensor, how: Tensor): Tensor => sum(mul(flatten(logits), mul(directions, how)));
      const after = pgdSteps(
        logitsOf,
        state,
        {
          box: {
            lower: wide(lower),
            upper: wide(upper),
            ...(ball &&
              norm !== 'inf' && { ball: { norm, center: wide(ball.center), radius: wide(ball.radius) } }),
          },
          goal: { margin, loss: () => constant(0) },
          steps,
        },
        (step) => {
          const share = reshape(ofStep(shares, step), [restarts, ...network.inputShape.map(() => 1)]);
          const how = ofStep(diverse, step);
          return {
            stepSize: mul(radius, share),
            made: add(begun, step),
            loss: (logits) => add(aimed(logits, sub(1, how)), turned(logits, how)),
          };
        },
      );
      return { ...after, distances: distances(logitsOf(after.x)) };
    },
    {
      lower: one,
      upper: one,
      ball: norm === 'inf' ? undefined : { center: one, radius: one },
      x: float32(all),
      adversarial: float32(all),
      margin: float32([restarts]),
      /** Steps made in earlier runs. */
      begun: int32([]),
      /** Step sizes as shares of the box's radius. */
      shares: float32([steps, restarts]),
      /** 1 where a step follows `directions`, 0 where it follows `aims`. */
      diverse: float32([steps, restarts]),
      /** 1 at the conjunction each restart aims at. */
      aims: float32([restarts, conjunctions]),
      directions: float32([restarts, outputs]),
      rows: float32([conjunctions, rows, outputs]),
      bounds: float32([conjunctions, rows]),
    },
    options,
  );
}

/** The rows of a specification as the program takes them. */
export function rowFeeds(
  unsafe: readonly Conjunction[],
  { rows, outputs }: AttackSizes,
): { rows: Float32Array; bounds: Float32Array } {
  const coefficients = new Float32Array(unsafe.length * rows * outputs);
  const bounds = new Float32Array(unsafe.length * rows);
  unsafe.forEach((conjunction, c) => {
    for (let r = 0; r < rows; r++) {
      const row = conjunction[Math.min(r, conjunction.length - 1)];
      coefficients.set(row.coefficients, (c * rows + r) * outputs);
      bounds[c * rows + r] = row.bound;
    }
  });
  return { rows: coefficients, bounds };
}
