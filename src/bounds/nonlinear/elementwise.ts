/** @file Elementwise members by their lines alone: the dense relaxation, and the passes of rows with lines of their own. */
import { resultOf } from '../../nn/layers/rules.ts';
import type { LayerKind, LayerOfKind } from '../../nn/network.ts';
import {
  abs,
  add,
  clamp,
  flatten,
  le,
  maximum,
  minimum,
  mul,
  putAlongDim,
  relu,
  reshape,
  signParts,
  sliceAxis,
  stopGradient,
  sub,
  sum,
  takeAlongDim,
  vjp,
  where,
  type Tensor,
} from '../../tensor/index.ts';
import { magnitude } from '../interval.ts';
import { gamma, leastNormal, rowTotals } from '../rounding.ts';
import type { BackwardStep } from '../rule.ts';
import { linesRelaxation, type Lines } from './lines.ts';
import type {
  Elementwise,
  Nonlinear,
  OptimizedSite,
  RowForms,
  SiteRelaxation,
  SiteSetting,
  SiteVariables,
  SplitPlaces,
} from './member.ts';

type Made<K extends LayerKind> = Pick<Elementwise<K>, 'lines' | 'variables' | 'start' | 'splitPoint'>;

/** A member that has lines and nothing faster: all its neurons have lines of their own in each row. */
export function elementwise<K extends LayerKind>({
  lines,
  variables,
  start,
  splitPoint,
  ...rest
}: Made<K> & Pick<Nonlinear<K>, 'interval' | 'rounding' | 'open' | 'exact'>): Nonlinear<K> {
  return {
    ...rest,
    relaxation: (layer, input) => linesRelaxation(lines(layer, input)()),
    elementwise: { lines, variables, start, splitPoint, gathered: false, rows: rowForms(lines, variables) },
  };
}

/** α of a site as one tensor for each variable, [R, n]. */
function unpacked(alpha: Tensor, variables: number): Tensor[] {
  const size = alpha.shape[1] / variables;
  return Array.from({ length: variables }, (_, v) => sliceAxis(alpha, 1, v * size, (v + 1) * size));
}

function rowForms<K extends LayerKind>(lines: Elementwise<K>['lines'], variables: number): RowForms<K> {
  return {
    optimized: (layer, setting, rows) => optimizedLines(lines(layer, setting), variables, setting, rows),
    relaxation: (layer, setting, given) =>
      rowsRelaxation(lines(layer, setting), layer, variables, setting, given),
  };
}

function optimizedLines(
  linesAt: (variables: readonly Tensor[]) => Lines,
  variables: number,
  { split, lower }: SiteSetting,
  rows: number,
): OptimizedSite {
  const count = lower.shape[1];
  return {
    settled: (alpha) => alpha,
    pass(alpha, push) {
      const leaf = stopGradient(alpha);
      const made = linesAt(unpacked(leaf, variables));
      let seen: { readonly a: Tensor; readonly slope: Tensor; readonly intercept: Tensor } | undefined;
      return {
        backward(dense) {
          const a = reshape(dense, [rows, count]);
          const above = le(a, 0);
          const slope = where(above, made.upperSlope, made.lowerSlope);
          seen = { a, slope, intercept: where(above, made.upperIntercept, made.lowerIntercept) };
          const relaxed = mul(a, slope);
          const pushed = split && push ? add(relaxed, putAlongDim(push, 1, split.position, count)) : relaxed;
          return reshape(pushed, dense.shape);
        },
        forward(dense) {
          const { a, slope, intercept } = seen!;
          const z = reshape(dense, [rows, count]);
          return {
            output: reshape(add(mul(z, slope), intercept), dense.shape),
            alphaGradient: gradientOf(made, leaf, a, z),
            ...(split && { splitValues: valuesAt(split, z) }),
          };
        },
      };
    },
  };
}

/**
 * By the envelope theorem ∂bound/∂slope is a·z and ∂bound/∂intercept is a, of the line that a's sign takes; from there
 * the lines' own derivatives.
 */
function gradientOf(lines: Lines, leaf: Tensor, a: Tensor, z: Tensor): Tensor {
  const { positive, negative } = signParts(stopGradient(a));
  const at = stopGradient(z);
  const value = [
    mul(lines.lowerSlope, mul(positive, at)),
    mul(lines.lowerIntercept, positive),
    mul(lines.upperSlope, mul(negative, at)),
    mul(lines.upperIntercept, negative),
  ].reduce((x, y) => add(x, y));
  return vjp(sum(value), [leaf])[0];
}

/** z − point at the splits, [R, D]. */
function valuesAt({ position, point }: SplitPlaces, z: Tensor): Tensor {
  const values = takeAlongDim(z, 1, position);
  return point ? sub(values, point) : values;
}

/** As β-CROWN's step of a ReLU, with −side·β·(z − point) ≤ 0 for what splits at a point tell. */
function rowsRelaxation<K extends LayerKind>(
  linesAt: (variables: readonly Tensor[]) => Lines,
  layer: LayerOfKind<K>,
  variables: number,
  setting: SiteSetting,
  { alpha, beta }: SiteVariables,
): SiteRelaxation {
  const lines = linesAt(unpacked(clamp(alpha, 0, 1), variables));
  const unsplit = linesRelaxation(lines);
  const seen: { coefficients?: Tensor } = {};
  return {
    seen,
    relax(a) {
      const flat = flatten(a);
      seen.coefficients = flat;
      const step = unsplit(flat);
      const { split } = setting;
      const all = split && beta ? withSplits(step, setting, split, relu(beta)) : step;
      return { ...all, inputs: [reshape(all.inputs[0], a.shape)] };
    },
    loss: (z) => lossOf(lines, layer, setting, seen.coefficients!, flatten(z)),
  };
}

/**
 * Adding −side·β to a coefficient rounds by at most a relative u times |z| for each split of the neuron, of which the
 * rule counts the coefficient's own part.
 * @param beta ≥ 0
 */
function withSplits(
  step: BackwardStep,
  { lower, upper }: SiteSetting,
  { position, side, point }: SplitPlaces,
  beta: Tensor,
): BackwardStep {
  const push = mul(beta, side);
  const places = beta.shape[1];
  const scattered = putAlongDim(push, 1, position, lower.shape[1]);
  const largest = takeAlongDim(magnitude({ lower, upper }), 1, position);
  const reach = point ? add(largest, abs(point)) : largest;
  const total = rowTotals(mul(mul(beta, abs(side)), reach));
  return {
    inputs: [sub(step.inputs[0], scattered)],
    constant: point ? add(step.constant!, rowTotals(mul(push, point))) : step.constant!,
    rounding: add(
      step.rounding!,
      add(mul(total, gamma(2 * places)), add(mul(abs(step.constant!), gamma(0)), places * 8 * leastNormal)),
    ),
  };
}

/** Share of the mean distance of the lines over the interval, beside that at the value: it breaks ties. */
const meanShare = 0.1;

/**
 * |a| times the distance of the line from the function at z. At the point where a row's linear bound is least, the
 * network's own value exceeds the bound by the sum of these over all neurons (and what β adds): each is what exact lines
 * of that neuron would win.
 */
function lossOf(
  lines: Lines,
  layer: LayerOfKind<LayerKind>,
  { lower, upper }: SiteSetting,
  a: Tensor,
  z: Tensor,
): Tensor {
  const { positive, negative } = signParts(a);
  const at = (x: Tensor): Tensor => {
    const value = resultOf(layer, [x], () => x);
    const below = sub(value, add(mul(lines.lowerSlope, x), lines.lowerIntercept));
    const above = sub(add(mul(lines.upperSlope, x), lines.upperIntercept), value);
    return relu(sub(mul(positive, below), mul(negative, above)));
  };
  const middle = mul(add(lower, upper), 0.5);
  const mean = [lower, middle, upper].map(at).reduce((x, y) => add(x, y));
  return add(at(minimum(maximum(z, lower), upper)), mul(mean, meanShare / 3));
}
