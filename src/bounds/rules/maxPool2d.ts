/** @file Bounds of max pooling. */
import { maxPool2d, type MaxPool2dLayer } from '../../nn/layers/maxPool2d.ts';
import { paddedForMax, windowTaps } from '../../nn/layers/window.ts';
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
  type Tensor,
} from '../../tensor/index.ts';
import { mapIncreasing, type Interval } from '../interval.ts';
import type { BoundRule, Relaxation } from '../rule.ts';
import { blockRoundings, blockTotals, errorOf, gamma, leastNormal, outward } from '../rounding.ts';
import { forRows } from './lines.ts';

const pooled = (layer: MaxPool2dLayer, x: Tensor): Tensor =>
  maxPool2d.forward({
    layer,
    inputs: [x],
    mode: 'eval',
    parameter: () => x,
    recordStatistics: () => {},
  });

export const maxPool2dRule: BoundRule<'maxPool2d'> = {
  interval: ([x], layer) => mapIncreasing((t) => pooled(layer, t), x),
  backward: (a, layer, context) => context.relaxationOf(layer.name)(a),
  /** Backward, the coefficients of windows that share an element add up. */
  rounding: {
    forward: ([m], layer) => pooled(layer, m),
    forwardTerms: () => 0,
    backwardTerms: ({ kernel, stride }) =>
      Math.ceil(kernel[0] / stride[0]) * Math.ceil(kernel[1] / stride[1]),
  },
};

/**
 * Below: the window's element with the largest lower bound. Above: that element too where no other can exceed it,
 * else the largest upper bound (Singh et al. 2019, DeepPoly, §4.4).
 */
export function maxPoolRelaxation(layer: MaxPool2dLayer, input: Interval): Relaxation {
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
