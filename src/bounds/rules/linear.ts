/** @file Bounds of a fully connected layer. */
import { abs, add, linear, matmul, reshape, transpose, type Tensor } from '../../tensor/index.ts';
import { centerRadius, fromCenter } from '../interval.ts';
import type { BoundRule } from '../rule.ts';

export const linearRule: BoundRule<'linear'> = {
  /** W·c + b ± |W|·r (Gowal et al. 2018, eq. 6). */
  interval([x], layer, { params }) {
    const { center, radius } = centerRadius(x!);
    const weight = params[`${layer.name}.weight`]!;
    return fromCenter(
      linear(center, weight, layer.bias ? params[`${layer.name}.bias`] : undefined),
      linear(radius, abs(weight)),
    );
  },
  /** a·(W x + b) = (Wᵀa)·x + a·b: exact. */
  backward(a, layer, { params }) {
    const bias = layer.bias ? params[`${layer.name}.bias`] : undefined;
    return {
      inputs: [matmul(a, params[`${layer.name}.weight`]!)],
      ...(bias && { constant: rowDot(a, bias) }),
    };
  },
  magnitude([m], layer, { params }) {
    const product = matmul(m!, transpose(abs(params[`${layer.name}.weight`]!), 0, 1));
    return layer.bias ? add(product, abs(params[`${layer.name}.bias`]!)) : product;
  },
  terms: (layer) => Math.max(layer.inFeatures, layer.outFeatures),
};

/** Σ a[r,i]·b[i] → [R]. */
export const rowDot = (a: Tensor, b: Tensor): Tensor =>
  reshape(matmul(a, reshape(b, [-1, 1])), [a.shape[0]!]);
