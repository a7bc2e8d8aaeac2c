/** @file Bounds of elementwise affine layers: x·weight + bias with parameters of any broadcastable shape. */
import type { AffineLayer } from '../../nn/layers/affine.ts';
import { abs, add, mul, reshape, sizeOf, sum, type Shape, type Tensor } from '../../tensor/index.ts';
import { centerRadius, fromCenter } from '../interval.ts';
import { blockRoundings, blockTotals } from '../rounding.ts';
import type { BoundContext, BoundRule } from '../rule.ts';
import { absoluteBias, absoluteWeight, mergedRoundings } from './merged.ts';

interface Parts {
  readonly weight: Tensor | undefined;
  readonly bias: Tensor | undefined;
}

const partsOf = (layer: AffineLayer, { params }: BoundContext): Parts => ({
  weight: layer.weight ? params[`${layer.name}.weight`] : undefined,
  bias: layer.bias ? params[`${layer.name}.bias`] : undefined,
});

const apply = (x: Tensor, { weight, bias }: Parts): Tensor => {
  const scaled = weight ? mul(x, weight) : x;
  return bias ? add(scaled, bias) : scaled;
};

const absolute = (layer: AffineLayer, context: BoundContext): Parts => ({
  weight: layer.weight ? absoluteWeight(layer, context) : undefined,
  bias: absoluteBias(layer, context),
});

/** a summed over the axes along which parameters of this shape repeat: [R, number of parameters]. */
function gathered(a: Tensor, shape: Shape): Tensor {
  const lead = a.shape.length - shape.length;
  const axes = a.shape.map((_, i) => i).filter((i) => i > 0 && (i < lead || shape[i - lead] === 1));
  return reshape(sum(a, axes), [a.shape[0], sizeOf(shape)]);
}

export const elementwiseAffineRule: BoundRule<'affine'> = {
  /** s·c + t ± |s|·r */
  interval([x], layer, context) {
    const parts = partsOf(layer, context);
    if (!parts.weight) return { lower: apply(x.lower, parts), upper: apply(x.upper, parts) };
    const { center, radius } = centerRadius(x);
    return fromCenter(apply(center, parts), mul(radius, abs(parts.weight)));
  },
  /** s∘(c + r∘u) + t = (s∘c + t) + |s|∘r∘u′ with ‖u′‖ = ‖u‖. */
  ball({ norm, center, radius }, layer, context) {
    const parts = partsOf(layer, context);
    const scaled = parts.weight ? mul(radius, abs(parts.weight)) : radius;
    return { kind: 'ball', ball: { norm, center: apply(center, parts), radius: scaled } };
  },
  /** a·(s∘x + t) = (s∘a)·x + a·t: exact. */
  backward(a, layer, context) {
    const { weight, bias } = partsOf(layer, context);
    return {
      inputs: [weight ? mul(a, weight) : a],
      ...(bias && {
        constant: blockTotals(mul(gathered(a, layer.shape), reshape(bias, [1, -1]))),
      }),
    };
  },
  rounding: {
    forward: ([m], layer, context) => apply(m, absolute(layer, context)),
    forwardTerms: (layer, context) => 2 + mergedRoundings(layer, context),
    backwardTerms: () => 1,
    /** Sums over repeats, then over parameters. */
    constantTerms(layer, context) {
      const count = sizeOf(layer.shape);
      return sizeOf(context.shapeOf(layer.name)) / count + blockRoundings(count);
    },
  },
};
