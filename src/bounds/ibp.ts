/** @file IBP: interval bounds of every layer by one forward walk (Gowal et al. 2018). */
import type { Network } from '../nn/network.ts';
import { add, mul, sub } from '../tensor/index.ts';
import { magnitude, type Interval } from './interval.ts';
import { gamma } from './rounding.ts';
import type { BoundContext } from './rule.ts';
import { boundRule } from './rules/table.ts';

export interface IbpOptions {
  /** Widens every affine layer's interval by the rounding error of its own computation; for verification. */
  readonly outward?: boolean;
  /** Intervals known to hold beside (tighter ones of a backward walk); met with IBP's own. */
  readonly known?: ReadonlyMap<string, Interval>;
}

/**
 * Intervals of every layer's output, by layer name; `input` holds the box.
 * @param box [B, …input shape]
 */
export function ibp(
  network: Network,
  box: Interval,
  context: BoundContext,
  options: IbpOptions = {},
): Map<string, Interval> {
  const bounds = new Map<string, Interval>([['input', box]]);
  for (const layer of network.layers) {
    const known = options.known?.get(layer.name);
    if (known) {
      bounds.set(layer.name, known);
      continue;
    }
    const rule = boundRule(layer.kind);
    const inputs = layer.inputs.map((name) => bounds.get(name)!);
    let interval = rule.interval(inputs, layer, context);
    if (options.outward && rule.rounding) {
      const reach = rule.rounding.forward(inputs.map(magnitude), layer, context);
      const slack = mul(reach, gamma(rule.rounding.forwardTerms(layer, context)));
      interval = { lower: sub(interval.lower, slack), upper: add(interval.upper, slack) };
    }
    bounds.set(layer.name, interval);
  }
  return bounds;
}
