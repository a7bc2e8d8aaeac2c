/** @file Max pooling. */
import type { MaxPool2dLayer } from '../../nn/layers/maxPool2d.ts';
import { resultOf } from '../../nn/layers/rules.ts';
import { paddedForMax, windowCounts, windowTaps } from '../../nn/layers/window.ts';
import {
  abs,
  add,
  cast,
  ge,
  indicator,
  le,
  logicalAnd,
  logicalNot,
  maximum,
  mul,
  signParts,
  sizeOf,
  vjp,
  where,
  zeros,
  type Shape,
  type Tensor,
} from '../../tensor/index.ts';
import type { HostInterval } from '../hostBounds.ts';
import { mapIncreasing, type Interval } from '../interval.ts';
import type { Relaxation } from '../rule.ts';
import { blockRoundings, blockTotals, errorOf, gamma, leastNormal, outward } from '../rounding.ts';
import { forRows } from './lines.ts';
import type { Nonlinear } from './member.ts';

const pooled = (layer: MaxPool2dLayer, x: Tensor): Tensor => resultOf(layer, [x], () => x);

/**
 * Below: the window's element with the largest lower bound. Above: that element too where no other can exceed it,
 * else the largest upper bound (Singh et al. 2019, DeepPoly, §4.4).
 */
function maxPoolRelaxation(layer: MaxPool2dLayer, input: Interval): Relaxation {
  const places = (x: Tensor): Tensor[] =>
    windowTaps(paddedForMax(x, layer), { ...layer, padding: [0, 0, 0, 0] });
  const lowers = places(input.lower);
  const uppers = places(input.upper);
  const best = lowers.reduce((a, b) => maximum(a, b));
  const top = uppers.reduce((a, b) => maximum(a, b));
  const chosen: Tensor[] = [];
  let free = ge(best, best);
  for (const lower of lowers) {
    const here = logicalAnd(ge(lower, best), free);
    free = logicalAnd(free, logicalNot(here));
    chosen.push(here);
  }
  const others = uppers.map((u, k) => where(chosen[k], -Infinity, u)).reduce((a, b) => maximum(a, b));
  const single = le(others, best);
  const dominated = indicator(single);
  const ceiling = where(single, 0, top);
  return (a) => {
    const rows = a.shape[0];
    const { positive, negative } = signParts(a);
    const linear = add(positive, mul(negative, forRows(dominated, rows)));
    const constant = mul(negative, forRows(ceiling, rows));
    const size = sizeOf(a.shape) / rows;
    const reach = mul(errorOf(a, forRows(abs(ceiling), rows)), outward(size));
    const x = zeros([rows, ...input.lower.shape.slice(1)]);
    const selected = windowTaps(x, layer)
      .map((tap, k) => mul(tap, forRows(cast(chosen[k], 'float32'), rows)))
      .reduce((p, q) => add(p, q));
    return {
      inputs: vjp(selected, [x], linear),
      constant: blockTotals(constant),
      rounding: add(mul(reach, gamma(blockRoundings(size))), 4 * size * leastNormal),
    };
  };
}

/** Positions of each window of [C,H,W] that lie inside. */
function* windowsOf(
  layer: MaxPool2dLayer,
  [channels, height, width]: readonly [number, number, number],
): Generator<number[]> {
  const { kernel, stride, padding } = layer;
  const [rows, columns] = windowCounts([height, width], layer);
  const starts = (count: number, axis: 0 | 1): number[] =>
    Array.from({ length: count }, (_, k) => k * stride[axis] - padding[axis]);
  const span = (from: number, length: number, size: number): number[] =>
    Array.from({ length }, (_, k) => from + k).filter((at) => at >= 0 && at < size);
  for (let c = 0; c < channels; c++)
    for (const top of starts(rows, 0))
      for (const left of starts(columns, 1))
        yield span(top, kernel[0], height).flatMap((row) =>
          span(left, kernel[1], width).map((column) => (c * height + row) * width + column),
        );
}

/** Elements that may be the largest of a window in which another may be so too. */
function undecided({ lower, upper }: HostInterval, layer: MaxPool2dLayer, shape: Shape): number[] {
  const found = new Set<number>();
  for (const window of windowsOf(layer, shape as [number, number, number])) {
    const best = Math.max(...window.map((i) => lower[i]));
    const rivals = window.filter((i) => upper[i] > best);
    if (rivals.length > 1 || rivals.some((i) => lower[i] < best)) rivals.forEach((i) => found.add(i));
  }
  return [...found].sort((a, b) => a - b);
}

export const maxPool2dMember: Nonlinear<'maxPool2d'> = {
  interval: ([x], layer) => mapIncreasing((t) => pooled(layer, t), x),
  /** Backward, the coefficients of windows that share an element add up. */
  rounding: {
    forward: ([m], layer) => pooled(layer, m),
    forwardTerms: () => 0,
    backwardTerms: ({ kernel, stride }) =>
      Math.ceil(kernel[0] / stride[0]) * Math.ceil(kernel[1] / stride[1]),
  },
  exact: 'piecewise',
  relaxation: maxPoolRelaxation,
  open: undecided,
};
