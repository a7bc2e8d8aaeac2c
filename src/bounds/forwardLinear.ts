/** @file Forward linear bounds: every layer between two affine functions of the input, in one walk from the input. */
import type { Layer, Network } from '../nn/network.ts';
import {
  abs,
  add,
  cat,
  flatten,
  maximum,
  mul,
  neg,
  reshape,
  signParts,
  sizeOf,
  sliceAxis,
  sub,
  sum,
  zeros,
  constant,
  type Tensor,
} from '../tensor/index.ts';
import { intervalOf } from './ibp.ts';
import { magnitude, outwardFromCenter, type Interval } from './interval.ts';
import { isNonlinear, memberOf } from './nonlinear/table.ts';
import { flushed, gamma, leastNormal, meet, outward, rowTotals } from './rounding.ts';
import type { BoundContext } from './rule.ts';
import { boundRule } from './rules/table.ts';

/**
 * With x = center + radius∘u, u ∈ [−1,1]ⁿ: Σᵢ lowerᵢ·uᵢ + lower₀ − slack ≤ value ≤ Σᵢ upperᵢ·uᵢ + upper₀ + slack.
 * Entry 0 of the first axis is the constant, entry i the coefficient of uᵢ.
 */
interface LinearInterval {
  /** [1 + n, …shape] each. */
  readonly lower: Tensor;
  readonly upper: Tensor;
  /** What rounding may have cost so far, [1, …shape]. */
  readonly slack: Tensor;
  /** The values themselves, [1, …shape]. */
  readonly interval: Interval;
}

const constantPart = (t: Tensor): Tensor => sliceAxis(t, 0, 0, 1);
const coefficients = (t: Tensor): Tensor => sliceAxis(t, 0, 1, t.shape[0]);

/** Σ over the first axis of the larger absolute values, [1, …shape]: no value and no partial sum is larger. */
const reachOf = ({ lower, upper }: LinearInterval): Tensor => sum(magnitude({ lower, upper }), 0, true);

/** Least and largest value over u, met with what is known otherwise. */
function concretized({ lower, upper, slack }: Omit<LinearInterval, 'interval'>, known: Interval): Interval {
  const terms = lower.shape[0];
  const spread = (t: Tensor): Tensor => sum(abs(coefficients(t)), 0, true);
  const reach = sum(magnitude({ lower, upper }), 0, true);
  const rounding = mul(add(add(mul(reach, gamma(terms)), slack), leastNormal), outward(terms));
  return meet(known, {
    lower: sub(sub(constantPart(lower), spread(lower)), rounding),
    upper: add(add(constantPart(upper), spread(upper)), rounding),
  });
}

/**
 * An affine layer keeps affine bounds: W⁺·lower + W⁻·upper below, W⁺·upper + W⁻·lower above (Zhang et al. 2018, §3.1,
 * unrolled forward). That is the layer's interval rule on the coefficients, whose ends need not be in order; the bias,
 * which it adds to each, is taken off again.
 */
function throughAffine(
  layer: Layer,
  inputs: readonly LinearInterval[],
  context: BoundContext,
): Omit<LinearInterval, 'interval'> {
  const rule = boundRule(layer.kind);
  const on = (parts: readonly Interval[]): Interval => rule.interval(parts, layer, context);
  const nothing = inputs.map(({ slack }) => zeros(slack.shape));
  const bias = on(nothing.map((zero) => ({ lower: zero, upper: zero }))).lower;
  const found = on(inputs);
  const withoutBias = (t: Tensor): Tensor => cat([constantPart(t), sub(coefficients(t), bias)], 0);
  const carried = on(inputs.map(({ slack }) => ({ lower: neg(slack), upper: slack })));
  const { rounding } = rule;
  const terms = rounding?.forwardTerms(layer, context) ?? 0;
  const slack = mul(sub(carried.upper, carried.lower), outward(terms) / 2);
  const reaches = inputs.map(reachOf);
  const entries = found.lower.shape[0];
  /** Of every entry's own sums, and of the layer where the network is run in f32. */
  const own = (of: readonly Tensor[], roundings: number): Tensor =>
    mul(rounding!.forward(of, layer, context), gamma(roundings) * outward(entries));
  const mass = reaches.map((m) => rowTotals(m)).reduce((a, b) => add(a, b));
  return {
    lower: withoutBias(found.lower),
    upper: withoutBias(found.upper),
    slack:
      terms > 0
        ? add(
            // Each entry's sum has the bias among its terms, which then is taken off.
            add(add(slack, own(reaches, 2 * terms)), mul(own(nothing, terms + 2), entries)),
            reshape(mul(flushed(2 * terms, mass), entries), [1, ...slack.shape.slice(1).map(() => 1)]),
          )
        : slack,
  };
}

/** A slope ≥ 0 keeps the order, one below 0 reverses it. */
function throughLines(layer: Layer, input: LinearInterval): Omit<LinearInterval, 'interval'> | undefined {
  const member = memberOf(layer).elementwise;
  if (!member) return undefined;
  const lines = member.lines(layer, input.interval)();
  const steepest = maximum(abs(lines.lowerSlope), abs(lines.upperSlope));
  const moved = (same: Tensor, other: Tensor, slope: Tensor, intercept: Tensor): Tensor => {
    const { positive, negative } = signParts(slope);
    const scaled = add(mul(same, positive), mul(other, negative));
    return cat([add(constantPart(scaled), intercept), coefficients(scaled)], 0);
  };
  const reach = add(
    mul(reachOf(input), steepest),
    maximum(abs(lines.lowerIntercept), abs(lines.upperIntercept)),
  );
  return {
    lower: moved(input.lower, input.upper, lines.lowerSlope, lines.lowerIntercept),
    upper: moved(input.upper, input.lower, lines.upperSlope, lines.upperIntercept),
    slack: add(
      mul(mul(input.slack, steepest), outward(1)),
      add(mul(reach, gamma(2) * outward(input.lower.shape[0])), 4 * input.lower.shape[0] * leastNormal),
    ),
  };
}

/** Bounds without coefficients: what other nonlinear layers (max pooling) are left with. */
function constantBounds({ lower, upper }: Interval, inputs: number): Omit<LinearInterval, 'interval'> {
  const none = zeros([inputs, ...lower.shape.slice(1)]);
  return { lower: cat([lower, none], 0), upper: cat([upper, none], 0), slack: zeros(lower.shape) };
}

/** x = center + radius∘u. */
function inputBounds(center: Tensor, radius: Tensor): LinearInterval {
  const size = sizeOf(center.shape);
  const identity = new Float32Array(size * size);
  for (let i = 0; i < size; i++) identity[i * (size + 1)] = 1;
  const diagonal = mul(constant(identity, [size, size]), reshape(flatten(radius), [1, size]));
  const both = cat([center, reshape(diagonal, [size, ...center.shape.slice(1)])], 0);
  return {
    lower: both,
    upper: both,
    slack: zeros(center.shape),
    interval: outwardFromCenter(center, radius),
  };
}

/**
 * Intervals of every layer's output by forward linear bounds, never looser than IBP's; `input` holds the box.
 * The work is that of 2 + 2n forward passes whatever the number of neurons: for inputs of few dimensions it is far less
 * than a backward walk for each neuron, and the bounds are looser than that walk's.
 * @param box [1, …input shape]
 */
export function forwardLinear(
  network: Network,
  { center, radius }: { readonly center: Tensor; readonly radius: Tensor },
  context: BoundContext,
): Map<string, Interval> {
  const bounds = new Map<string, LinearInterval>([['input', inputBounds(center, radius)]]);
  const dimensions = sizeOf(center.shape);
  for (const layer of network.layers) {
    const inputs = layer.inputs.map((name) => bounds.get(name)!);
    const known = intervalOf(
      layer,
      inputs.map(({ interval }) => interval),
      context,
      true,
    );
    const linear = isNonlinear(layer.kind)
      ? (throughLines(layer, inputs[0]) ?? constantBounds(known, dimensions))
      : throughAffine(layer, inputs, context);
    bounds.set(layer.name, { ...linear, interval: concretized(linear, known) });
  }
  return new Map([...bounds].map(([name, { interval }]) => [name, interval]));
}
