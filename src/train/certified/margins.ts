/** @file Bounds on margins logit[label] − logit[j] of a batch, by IBP and by CROWN. */
import type { Box } from '../../attack/box.ts';
import { backwardWalk } from '../../bounds/backward.ts';
import { ballKeys, mapBall } from '../../bounds/ball.ts';
import { concretize, type BoxTensors } from '../../bounds/concretize.ts';
import { centerRadius } from '../../bounds/interval.ts';
import type { BackwardContext, Relaxation } from '../../bounds/rule.ts';
import { forRows } from '../../bounds/nonlinear/lines.ts';
import type { LowerSlope } from '../../bounds/nonlinear/lowerSlope.ts';
import { relaxationFor } from '../../bounds/nonlinear/table.ts';
import { boundRule } from '../../bounds/rules/table.ts';
import { outputName } from '../../nn/graphEdits.ts';
import { weightOf } from '../../nn/layers/rules.ts';
import { layerNamed } from '../../nn/network.ts';
import {
  abs,
  add,
  constant,
  flatten,
  ge,
  indicator,
  matmul,
  maximum,
  minimum,
  mul,
  oneHot,
  reshape,
  sub,
  cat,
  logSumExp,
  mean,
  neg,
  zeros,
  type Tensor,
} from '../../tensor/index.ts';
import type { BoundedPass } from './boundedPass.ts';

/**
 * Rows e_label − e_j over the K − 1 other classes j in rising order.
 * @param y labels int32 [B]
 * @returns [B·(K−1), K], the rows of an image side by side
 */
export function marginRows(y: Tensor, classes: number): Tensor {
  const others = classes - 1;
  // The k-th other class is k before the label and k + 1 from it on.
  const shifted = (by: number): Tensor =>
    constant(
      Float64Array.from({ length: others * classes }, (_, i) =>
        i % classes === Math.floor(i / classes) + by ? 1 : 0,
      ),
      [1, others, classes],
    );
  const rank = constant(
    Int32Array.from({ length: others }, (_, k) => k),
    [1, others],
  );
  const batch = y.shape[0];
  const beyond = reshape(indicator(ge(rank, reshape(y, [batch, 1]))), [batch, others, 1]);
  const target = add(shifted(0), mul(beyond, sub(shifted(1), shifted(0))));
  const label = reshape(oneHot(y, classes), [batch, 1, classes]);
  return reshape(sub(label, target), [batch * others, classes]);
}

/** Intervals of margins as centre and radius, both [B, K−1]. */
export interface MarginIntervals {
  readonly center: Tensor;
  readonly radius: Tensor;
}

export const lowerMargins = ({ center, radius }: MarginIntervals): Tensor => sub(center, radius);

/** IBP with the rows multiplied into the last linear layer first, so that its own interval is never taken. */
export function ibpMargins(pass: BoundedPass, rows: Tensor): MarginIntervals {
  const { network, context, intervals } = pass;
  const last = layerNamed(network, outputName(network));
  const merged = weightOf(last) !== undefined;
  const linearOnly: BackwardContext = {
    ...context,
    relaxationOf: (name) => {
      throw new Error(`${name} is not linear`);
    },
  };
  const step = merged ? boundRule(last.kind).backward(rows, last, linearOnly) : { inputs: [rows] };
  const input = intervals.get(merged ? last.inputs[0] : last.name)!;
  const { center, radius } = centerRadius(input);
  const [batch, size] = flatten(center).shape as [number, number];
  const count = rows.shape[0] / batch;
  const coefficients = reshape(step.inputs[0], [batch, count, size]);
  const dot = (a: Tensor, x: Tensor): Tensor =>
    reshape(matmul(a, reshape(x, [batch, size, 1])), [batch, count]);
  const middle = dot(coefficients, center);
  const offset = 'constant' in step && step.constant ? reshape(step.constant, [batch, count]) : undefined;
  return { center: offset ? add(middle, offset) : middle, radius: dot(abs(coefficients), radius) };
}

/**
 * CROWN's lower bounds of rows of a layer, from the pass's intervals on what the nonlinear layers read
 * (CROWN-IBP: Zhang et al. 2020, §3).
 * @param rows [R, …shape of the layer], R/B consecutive rows an image
 * @returns [R]
 */
export function crownLower(
  { network, context, intervals, box }: BoundedPass,
  rows: Tensor,
  slope: LowerSlope = 'adaptive',
  layer = outputName(network),
): Tensor {
  const made = new Map<string, Relaxation>();
  const relaxationOf = (name: string): Relaxation => {
    const found = made.get(name);
    if (found) return found;
    const nonlinear = layerNamed(network, name);
    const input = intervals.get(nonlinear.inputs[0])!;
    const relaxation = relaxationFor(nonlinear, input, slope);
    made.set(name, relaxation);
    return relaxation;
  };
  const bound = backwardWalk(network, { layer, coefficients: rows }, { ...context, relaxationOf });
  const count = rows.shape[0];
  const { center, radius, ...ball } = inputSet(box);
  const wide = (t: Tensor): Tensor => forRows(t, count);
  return concretize(bound, { center: wide(center), radius: wide(radius), ...mapBall(ball, wide) });
}

/** A batch of boxes or balls as bounds take it. */
function inputSet(box: Box): BoxTensors {
  const { lower, upper, ball } = box;
  const enclosing = centerRadius(box);
  if (!ball) return enclosing;
  const { norm, center, radius } = ball;
  const room = (distance: Tensor): Tensor => minimum(maximum(distance, 0), radius);
  const parts = { center, radius, below: room(sub(center, lower)), above: room(sub(upper, center)) };
  return { ...enclosing, ...ballKeys(norm, parts) };
}

/** CROWN-IBP's lower bounds of margins, [B, K−1]. */
export function crownMargins(pass: BoundedPass, rows: Tensor, slope?: LowerSlope): Tensor {
  const batch = pass.intervals.get('input')!.lower.shape[0];
  return reshape(crownLower(pass, rows, slope), [batch, rows.shape[0] / batch]);
}

/**
 * Mean log(1 + Σⱼ exp(−mⱼ)): cross-entropy of logits (0, −m₁, …) with label 0. With lower bounds of the margins it is an
 * upper bound of the loss over the whole box (Wong and Kolter 2018, theorem 2).
 * @param margins [B, K−1]
 */
export function robustCrossEntropy(margins: Tensor): Tensor {
  const worst = cat([zeros([margins.shape[0], 1]), neg(margins)], 1);
  return mean(logSumExp(worst, 1));
}
