/** @file IBP: interval bounds of every layer by one forward walk (Gowal et al. 2018). */
import type { Layer, Network } from '../nn/network.ts';
import { abs, add, maximum, minimum, mul, sub } from '../tensor/index.ts';
import type { Ball } from './ball.ts';
import { magnitude, type Interval } from './interval.ts';
import { gamma } from './rounding.ts';
import type { BallStep, BoundContext } from './rule.ts';
import { boundRule } from './rules/table.ts';

export interface IbpOptions {
  /** Widens every affine layer's interval by the rounding error of its own computation; for verification. */
  readonly outward?: boolean;
  /** Intervals known to hold beside (tighter ones of a backward walk); met with IBP's own. */
  readonly known?: ReadonlyMap<string, Interval>;
  /** Inputs are those of the box that lie in this ball. */
  readonly ball?: Ball | undefined;
}

/**
 * Intervals of every layer's output, by layer name; `input` holds the box. Of a ball the first weighted layer has the
 * dual norms of its rows (met with what the box gives); behind it there are intervals only, as in auto_LiRPA.
 * @param box [B, …input shape]
 */
export function ibp(
  network: Network,
  box: Interval,
  context: BoundContext,
  options: IbpOptions = {},
): Map<string, Interval> {
  const bounds = new Map<string, Interval>([['input', box]]);
  const balls = new Map<string, Ball>(options.ball ? [['input', options.ball]] : []);
  for (const layer of network.layers) {
    const known = options.known?.get(layer.name);
    if (known) {
      bounds.set(layer.name, known);
      continue;
    }
    const inputs = layer.inputs.map((name) => bounds.get(name)!);
    const interval = intervalOf(layer, inputs, context, options.outward);
    const ball = layer.inputs.length === 1 ? balls.get(layer.inputs[0]) : undefined;
    const rule = boundRule(layer.kind);
    const step = ball && rule.ball?.(ball, layer, context);
    // The centre of a ball behind a rounding layer is not exact: outward, only copies are followed.
    if (step?.kind === 'ball' && !(options.outward && rule.rounding)) balls.set(layer.name, step.ball);
    const dual = step?.kind === 'interval' ? step : undefined;
    bounds.set(
      layer.name,
      ball && dual ? meet(interval, options.outward ? widened(dual, ball, layer, context) : dual) : interval,
    );
  }
  return bounds;
}

/** Interval of one layer's output. @param outward widens it by the rounding error of its own computation */
export function intervalOf(
  layer: Layer,
  inputs: readonly Interval[],
  context: BoundContext,
  outward = false,
): Interval {
  const rule = boundRule(layer.kind);
  const interval = rule.interval(inputs, layer, context);
  if (!outward || !rule.rounding) return interval;
  const reach = rule.rounding.forward(inputs.map(magnitude), layer, context);
  const slack = mul(reach, gamma(rule.rounding.forwardTerms(layer, context)));
  return { lower: sub(interval.lower, slack), upper: add(interval.upper, slack) };
}

type Centered = Extract<BallStep, { kind: 'interval' }>;

const meet = (interval: Interval, { center, radius }: Centered): Interval => ({
  lower: maximum(interval.lower, sub(center, radius)),
  upper: minimum(interval.upper, add(center, radius)),
});

/** The rounding of W·c + b and of a dual norm, a sum of nonnegative terms. */
function widened(step: Centered, ball: Ball, layer: Layer, context: BoundContext): Centered {
  const { forward, forwardTerms } = boundRule(layer.kind).rounding!;
  const reach = add(forward([abs(ball.center)], layer, context), step.radius);
  return { ...step, radius: add(step.radius, mul(reach, gamma(forwardTerms(layer, context)))) };
}
