/** @file A ReLU while its α and β are optimised: the fewest passes over its neurons, backward and forward. */
import {
  add,
  cast,
  cat,
  constant,
  expand,
  ge,
  indicator,
  le,
  mul,
  putAlongDim,
  relu,
  reshape,
  sub,
  takeAlongDim,
  zeros,
  type Tensor,
} from '../../tensor/index.ts';
import type { OptimizedSite, SitePass, SiteSetting } from './member.ts';
import { compactLines } from './reluLines.ts';

export function optimizedRelu(setting: SiteSetting, rows: number): OptimizedSite {
  const { active, index, split } = setting;
  const { unstable, fixed, upperSlope, intercept } = compactLines(setting);
  const neurons = active.shape[1];
  const count = setting.lower.shape[1];
  const places = index && expand(reshape(index, [1, count]), [rows, count]);
  const pick = (dense: Tensor): Tensor => (places ? takeAlongDim(dense, 1, places) : dense);
  const sources = index && 2 * count >= neurons ? placeSources(setting, index, rows) : undefined;
  const nothing = zeros([rows, 1]);
  /** Compact neurons put in their places among the stable ones: active ones pass, inactive ones are 0. */
  const place = (compact: Tensor, dense: Tensor): Tensor => {
    if (sources) return takeAlongDim(cat([compact, dense, nothing], 1), 1, sources);
    return places ? add(mul(dense, active), putAlongDim(compact, 1, places, neurons)) : compact;
  };

  const pass = (alpha: Tensor, push?: Tensor): SitePass => {
    let seen: { readonly a: Tensor; readonly below: Tensor; readonly slope: Tensor } | undefined;
    return {
      backward(dense) {
        const flat = reshape(dense, [rows, neurons]);
        const a = pick(flat);
        const below = indicator(le(a, 0));
        const slope = add(alpha, mul(below, sub(upperSlope, alpha)));
        seen = { a, below, slope };
        const relaxed = mul(a, slope);
        const pushed = split && push ? add(relaxed, putAlongDim(push, 1, split.position, count)) : relaxed;
        return reshape(place(pushed, flat), dense.shape);
      },
      forward(dense) {
        const { a, below, slope } = seen!;
        const flat = reshape(dense, [rows, neurons]);
        const z = pick(flat);
        const output = add(mul(z, slope), mul(below, intercept));
        return {
          output: reshape(place(output, flat), dense.shape),
          alphaGradient: mul(relu(a), z),
          ...(split && { splitValues: takeAlongDim(z, 1, split.position) }),
        };
      },
    };
  };
  return { unstable, settled: (alpha) => add(mul(alpha, unstable), fixed), pass };
}

/**
 * Where every neuron of a layer comes from in [compact U | dense n | 0], int32 [R, n]: gathering by it is faster than
 * scattering where the compact neurons are many. Sums of whole numbers below 2²⁴ are exact.
 */
function placeSources({ active, upper }: SiteSetting, index: Tensor, rows: number): Tensor {
  const [boxes, count] = upper.shape as [number, number];
  const neurons = active.shape[1];
  const upTo = (n: number): Tensor =>
    constant(
      Float64Array.from({ length: n }, (_, i) => i),
      [1, n],
    );
  const stable = add(mul(active, sub(upTo(neurons), neurons)), count + neurons);
  const places = reshape(index, [1, count]);
  const change = sub(upTo(count), takeAlongDim(stable, 1, places));
  // Padding, with upper bound −1, repeats a place and must not count.
  const counted = mul(change, indicator(ge(upper, 0)));
  const changes = putAlongDim(counted, 1, expand(places, [boxes, count]), neurons);
  return expand(cast(add(stable, changes), 'int32'), [rows, neurons]);
}
