/** @file What one layer's step of a backward walk may err by, from the magnitudes of the layer's inputs. */
import type { Layer } from '../nn/network.ts';
import { add, mul, perRow, sizeOf, zeros, type Tensor } from '../tensor/index.ts';
import { isNonlinear } from './nonlinear/table.ts';
import { flushed, gamma, leastNormal, relativeError, rowTotals } from './rounding.ts';
import type { BoundContext } from './rule.ts';
import { mergedRoundings } from './rules/affine.ts';
import { boundRule } from './rules/table.ts';

/** Errors of a step: at most Σᵢ|aᵢ|·eachᵢ + fixed for coefficients a of the layer's output. */
export interface LayerErrors {
  /** [1|B|R, …output shape] */
  readonly each: Tensor;
  /** [1|B|R] */
  readonly fixed: Tensor;
}

/**
 * A step turns a·(W x + b) into â′·x + ĉ. Of n products summed in f32 the coefficients â′ⱼ err by K·u·(|W|ᵀ|a|)ⱼ at most,
 * and multiply values up to mⱼ: in all K·u·|a|·(|W|m). The layer's own output, where the network is run in f32, errs by
 * N·u·(|W|m + |b|) an element, which a weighs likewise; the constant by L·u·|a|·|b|. Errors do not compound: the next
 * step starts from â′ as it stands, and m bounds what the network computes in f32 too.
 * @param magnitudes of the layer's inputs, m ≥ |x|, [1|B|R, …]
 * @returns undefined for layers that only copy
 */
export function layerErrors(
  layer: Layer,
  magnitudes: readonly Tensor[],
  context: BoundContext,
): LayerErrors | undefined {
  const { rounding } = boundRule(layer.kind);
  if (!rounding) return undefined;
  // What a nonlinear layer rounds in f32 its lines make up for.
  const curved = isNonlinear(layer.kind);
  const own = curved ? 0 : rounding.forwardTerms(layer, context);
  const active = curved ? undefined : rounding.activeTerms?.(magnitudes, layer, context);
  const merged = mergedRoundings(layer, context);
  const back = rounding.backwardTerms(layer);
  if (own === 0 && back === 0) return undefined;
  const reach = rounding.through?.(magnitudes) ?? rounding.forward(magnitudes, layer, context);
  const mass = magnitudes.map((m) => rowTotals(m)).reduce((a, b) => add(a, b));
  const products = add(
    relativeError(reach, { own: own - merged, active, other: merged + back }),
    perRow(flushed(own, mass), reach.shape),
  );
  const constantTerms = rounding.constantTerms?.(layer, context) ?? 0;
  const nothing = magnitudes.map((m) => zeros([1, ...m.shape.slice(1)]));
  const each =
    constantTerms === 0
      ? products
      : add(products, mul(rounding.forward(nothing, layer, context), gamma(constantTerms)));
  const size = sizeOf(context.shapeOf(layer.name));
  return {
    each,
    fixed: add(mul(flushed(size, mass), back + 1), 4 * leastNormal * (constantTerms + 2 * size)),
  };
}
