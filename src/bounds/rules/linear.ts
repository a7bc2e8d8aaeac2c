/** @file Bounds of a fully connected layer. */
import {
  abs,
  add,
  gt,
  indicator,
  linear,
  matmul,
  mul,
  reshape,
  sub,
  transpose,
  type Tensor,
} from '../../tensor/index.ts';
import { dualRadius } from '../dualRadius.ts';
import { fromCenter } from '../interval.ts';
import { absoluteBias, absoluteWeight, mergedRoundings } from './merged.ts';
import { rowTotals } from '../rounding.ts';
import type { BoundRule } from '../rule.ts';

export const linearRule: BoundRule<'linear'> = {
  /** W·c + b ± |W|·r (Gowal et al. 2018, eq. 6). */
  interval([x], layer, { params }) {
    const half = mul(params[`${layer.name}.weight`], 0.5);
    return fromCenter(
      linear(add(x.lower, x.upper), half, layer.bias ? params[`${layer.name}.bias`] : undefined),
      linear(sub(x.upper, x.lower), abs(half)),
    );
  },
  /** W·c + b ± ‖row∘r‖ of the dual norm (Hölder): exact. */
  ball({ norm, center, radius }, layer, { params }) {
    const weight = params[`${layer.name}.weight`];
    return {
      kind: 'interval',
      center: linear(center, weight, layer.bias ? params[`${layer.name}.bias`] : undefined),
      radius: dualRadius(norm, weight, radius, (squares, weights) => linear(squares, weights)),
    };
  },
  /** a·(W x + b) = (Wᵀa)·x + a·b: exact. */
  backward(a, layer, { params }) {
    const bias = layer.bias ? params[`${layer.name}.bias`] : undefined;
    return {
      inputs: [matmul(a, params[`${layer.name}.weight`])],
      ...(bias && { constant: rowDot(a, bias) }),
    };
  },
  rounding: {
    forward([m], layer, context) {
      const weight = absoluteWeight(layer, context);
      const bias = absoluteBias(layer, context);
      const product = matmul(m, transpose(weight, 0, 1));
      return bias ? add(product, bias) : product;
    },
    forwardTerms: (layer, context) => layer.inFeatures + mergedRoundings(layer, context),
    activeTerms: ([m]) => reshape(rowTotals(indicator(gt(m, 0))), [m.shape[0], 1]),
    backwardTerms: ({ outFeatures }) => outFeatures,
    constantTerms: ({ outFeatures }) => outFeatures,
  },
};

/** Σ a[r,i]·b[i] → [R]. */
export const rowDot = (a: Tensor, b: Tensor): Tensor => reshape(matmul(a, reshape(b, [-1, 1])), [a.shape[0]]);
