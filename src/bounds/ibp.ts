/** @file IBP: interval bounds of every layer by one forward walk (Gowal et al. 2018). */
import type { Layer, Network } from '../nn/network.ts';
import { add, mul, perRow, sub, type Tensor } from '../tensor/index.ts';
import type { Ball } from './ball.ts';
import { magnitude, type Interval } from './interval.ts';
import { flushed, gamma, meet, onlyFinite, relativeError, rowTotals } from './rounding.ts';
import type { BallStep, BoundContext } from './rule.ts';
import { mergedRoundings } from './rules/affine.ts';
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
    if (step?.kind === 'ball' && !(options.outward && rounds(layer, context)))
      balls.set(layer.name, step.ball);
    const dual = step?.kind === 'interval' ? step : undefined;
    bounds.set(
      layer.name,
      dual
        ? meet(interval, overBall(options.outward ? widened(dual, inputs[0], layer, context) : dual))
        : interval,
    );
  }
  return bounds;
}

/** Whether f32 may compute other values than the layer's; where elements are copied or compared it does not. */
const rounds = (layer: Layer, context: BoundContext): boolean =>
  (boundRule(layer.kind).rounding?.forwardTerms(layer, context) ?? 0) > 0;

/** Interval of one layer's output. @param outward widens it by the rounding error of its own computation */
export function intervalOf(
  layer: Layer,
  inputs: readonly Interval[],
  context: BoundContext,
  outward = false,
): Interval {
  const rule = boundRule(layer.kind);
  const interval = rule.interval(inputs, layer, context);
  if (!outward) return interval;
  if (!rounds(layer, context)) return onlyFinite(interval);
  const slack = ownRounding(layer, inputs.map(magnitude), context);
  return onlyFinite({ lower: sub(interval.lower, slack), upper: add(interval.upper, slack) });
}

/**
 * Rounding of an interval's ends, which are the layer's sums for centre and radius, and of the layer itself where the
 * network is run in f32; all sums have the same terms.
 */
function ownRounding(layer: Layer, magnitudes: readonly Tensor[], context: BoundContext): Tensor {
  const { forward, forwardTerms, activeTerms } = boundRule(layer.kind).rounding!;
  const merged = mergedRoundings(layer, context);
  const terms = forwardTerms(layer, context);
  const counted = activeTerms?.(magnitudes, layer, context);
  const active = counted && mul(counted, 2);
  const reach = forward(magnitudes, layer, context);
  const mass = magnitudes.map((m) => rowTotals(m)).reduce((a, b) => add(a, b));
  return add(
    relativeError(reach, { own: 2 * (terms - merged), active, other: merged }),
    perRow(flushed(2 * terms, mass), reach.shape),
  );
}

type Centered = Extract<BallStep, { kind: 'interval' }>;

const overBall = ({ center, radius }: Centered): Interval => ({
  lower: sub(center, radius),
  upper: add(center, radius),
});

/** The rounding of W·c + b and of a dual norm, a sum of nonnegative terms; magnitudes are those of the box around. */
function widened(step: Centered, input: Interval, layer: Layer, context: BoundContext): Centered {
  const terms = boundRule(layer.kind).rounding!.forwardTerms(layer, context);
  const own = add(mul(step.radius, gamma(terms)), ownRounding(layer, [magnitude(input)], context));
  return { ...step, radius: add(step.radius, own) };
}
