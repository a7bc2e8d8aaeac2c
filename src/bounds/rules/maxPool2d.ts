/** @file Bounds of max pooling. */
import { maxPool2d, paddedForMax, windowTaps } from '../../nn/layers/pool.ts';
import type { PoolLayer } from '../../nn/network.ts';
import {
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
  sub,
  sum,
  vjp,
  where,
  zeros,
  type Tensor,
} from '../../tensor/index.ts';
import { mapIncreasing, type Interval } from '../interval.ts';
import type { BoundRule, Relaxation } from '../rule.ts';
import { forRows } from './lines.ts';

const pooled = (layer: PoolLayer, x: Tensor): Tensor =>
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
};

const below = -1e30;

/**
 * Below: the window's element with the largest lower bound. Above: that element too where no other can exceed it,
 * else the largest upper bound (Singh et al. 2019, DeepPoly, §4.4).
 */
export function maxPoolRelaxation(layer: PoolLayer, input: Interval): Relaxation {
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
  const others = uppers.map((u, k) => where(chosen[k], below, u)).reduce((a, b) => maximum(a, b));
  const dominated = indicator(le(others, best));
  const ceiling = mul(sub(1, dominated), top);
  return (a) => {
    const rows = a.shape[0];
    const { positive, negative } = signParts(a);
    const linear = add(positive, mul(negative, forRows(dominated, rows)));
    const constant = mul(negative, forRows(ceiling, rows));
    const x = zeros([rows, ...input.lower.shape.slice(1)]);
    const selected = windowTaps(x, layer)
      .map((tap, k) => mul(tap, forRows(cast(chosen[k], 'float32'), rows)))
      .reduce((p, q) => add(p, q));
    return {
      inputs: vjp(selected, [x], linear),
      constant: sum(constant, constant.shape.map((_, axis) => axis).slice(1)),
    };
  };
}
