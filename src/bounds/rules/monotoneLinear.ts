/** @file One rule for linear layers without negative coefficients: rearrangements, sums, averages. */
import { ruleOf } from '../../nn/layers/rules.ts';
import type { Layer, LayerOfKind } from '../../nn/network.ts';
import { sizeOf, vjp, zeros, type Tensor } from '../../tensor/index.ts';
import type { BoundContext, BoundRule } from '../rule.ts';

/** Layers x ↦ A x with A ≥ 0 and without parameters. */
export type MonotoneLinearKind =
  | 'reshape'
  | 'permute'
  | 'slice'
  | 'cat'
  | 'pad'
  | 'gather'
  | 'sum'
  | 'avgPool2d'
  | 'globalAvgPool2d';

/** Terms of one sum, forward and backward; absent for layers that only move elements. */
interface Terms<K extends MonotoneLinearKind> {
  readonly forward: (layer: LayerOfKind<K>, context: BoundContext) => number;
  readonly backward: (layer: LayerOfKind<K>) => number;
}

/** The layer in evaluation mode. */
const run = (layer: Layer, inputs: readonly Tensor[]): Tensor =>
  ruleOf(layer).forward({
    layer,
    inputs,
    mode: 'eval',
    parameter: (name) => {
      throw new Error(`${layer.kind} has no parameter ${name}`);
    },
    recordStatistics: () => {},
  });

/** Aᵀa: the vector-Jacobian product of the forward pass, each row of a standing for one input of a batch. */
function adjoint(a: Tensor, layer: Layer, context: BoundContext): Tensor[] {
  const inputs = layer.inputs.map((name) => zeros([a.shape[0], ...context.shapeOf(name)]));
  return vjp(run(layer, inputs), inputs, a);
}

/** A ≥ 0: both ends go through the layer; a·(A x) = (Aᵀa)·x: exact. */
export function monotoneLinear<K extends MonotoneLinearKind>(terms?: Terms<K>): BoundRule<K> {
  return {
    interval: (inputs, layer) => ({
      lower: run(
        layer,
        inputs.map((x) => x.lower),
      ),
      upper: run(
        layer,
        inputs.map((x) => x.upper),
      ),
    }),
    backward: (a, layer, context) => ({ inputs: adjoint(a, layer, context) }),
    ...(terms && {
      rounding: {
        forward: (inputs: readonly Tensor[], layer: LayerOfKind<K>) => run(layer, inputs),
        forwardTerms: terms.forward,
        backwardTerms: terms.backward,
      },
    }),
  };
}

/** How often the position is gathered that is gathered most. */
function mostRepeated(indices: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < indices.length; i++) counts.set(indices[i], (counts.get(indices[i]) ?? 0) + 1);
  let most = 0;
  for (const count of counts.values()) most = Math.max(most, count);
  return most;
}

const overlap = (kernel: number, stride: number): number => Math.ceil(kernel / stride);

/** Number of elements that become one. */
const shrinkage = (layer: Layer, context: BoundContext): number =>
  sizeOf(context.shapeOf(layer.inputs[0])) / sizeOf(context.shapeOf(layer.name));

export const monotoneLinearRules: { readonly [K in MonotoneLinearKind]: BoundRule<K> } = {
  reshape: monotoneLinear(),
  permute: monotoneLinear(),
  slice: monotoneLinear(),
  cat: monotoneLinear(),
  pad: monotoneLinear(),
  /** Backward, repeats of a position add up. */
  gather: monotoneLinear({ forward: () => 0, backward: ({ indices }) => mostRepeated(indices) }),
  sum: monotoneLinear({ forward: shrinkage, backward: () => 0 }),
  globalAvgPool2d: monotoneLinear({ forward: shrinkage, backward: () => 1 }),
  avgPool2d: monotoneLinear({
    forward: ({ kernel }) => kernel[0] * kernel[1],
    backward: ({ kernel, stride }) => overlap(kernel[0], stride[0]) * overlap(kernel[1], stride[1]),
  }),
};
