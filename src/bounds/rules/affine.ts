/** @file The one rule of all affine layers x ↦ W·x + b: their own pass with W, with |W|, and its adjoint. */
import { isBatchNorm } from '../../nn/layers/batchNorm.ts';
import { resultOf, ruleOf } from '../../nn/layers/rules.ts';
import type { Layer, LayerKind } from '../../nn/network.ts';
import {
  abs,
  add,
  channelAffine,
  gt,
  indicator,
  matmul,
  mul,
  ones,
  reshape,
  sizeOf,
  sub,
  vjp,
  zeros,
  type Shape,
  type Tensor,
} from '../../tensor/index.ts';
import { dualRadius } from '../dualRadius.ts';
import { fromCenter } from '../interval.ts';
import { blockRoundings, blockTotals } from '../rounding.ts';
import type { BoundContext, BoundRule, RoundingRule } from '../rule.ts';

/** W and b as the layer takes them. Without W the coefficients are not negative. */
interface Numbers {
  readonly weight?: Tensor | undefined;
  readonly bias?: Tensor | undefined;
}

const parameterOf =
  ({ name }: Layer, { params }: BoundContext) =>
  (parameter: string): Tensor =>
    params[`${name}.${parameter}`];

function numbersOf(layer: Layer, context: BoundContext): Numbers {
  const parameter = parameterOf(layer, context);
  const { channelAffine: perChannel } = ruleOf(layer);
  if (!perChannel) return { weight: parameter('weight'), bias: parameter('bias') };
  const given = isBatchNorm(layer) ? context.affineOf?.(layer) : undefined;
  const { scale, shift } = given ?? perChannel(layer, parameter);
  return { weight: scale, bias: shift };
}

/** Sums of absolute values behind the numbers: what they were merged from, or their own absolute values. */
function reachOf(layer: Layer, context: BoundContext): Numbers {
  const { weight, bias } = numbersOf(layer, context);
  const own = ruleOf(layer).channelAffine?.(layer, parameterOf(layer, context)).reach;
  const merged = context.mergedOf?.(layer.name);
  return {
    weight: weight && (merged?.weight ?? abs(weight)),
    bias: bias && (own ?? merged?.bias ?? abs(bias)),
  };
}

/** W·x + b; b = 0 where there is none. */
function apply(inputs: readonly Tensor[], { weight, bias }: Numbers, layer: Layer): Tensor {
  if (ruleOf(layer).channelAffine) return channelAffine(inputs[0], weight!, bias ?? zeros(weight!.shape));
  const biased = 'bias' in layer ? { ...layer, bias: bias !== undefined } : layer;
  return resultOf(biased, inputs, (name) => (name === 'weight' ? weight! : bias!));
}

/** b numbers the channels, or else is broadcast along the last axes. */
const isPerChannel = (layer: Layer): boolean => {
  const { weight, channelAffine: scaling } = ruleOf(layer);
  return weight !== undefined || scaling !== undefined;
};

/** a·b of each row, [R]. */
function constantOf(a: Tensor, bias: Tensor, layer: Layer): Tensor {
  if (!isPerChannel(layer)) return blockTotals(mul(a, bias));
  const [rows, channels, ...space] = a.shape as [number, number, ...number[]];
  const sums =
    space.length === 0 ? a : reshape(blockTotals(reshape(a, [rows * channels, -1])), [rows, channels]);
  return reshape(matmul(sums, reshape(bias, [-1, 1])), [rows]);
}

/** Roundings of `constantOf`. */
function constantRoundings(shape: Shape, layer: Layer): number {
  if (!isPerChannel(layer)) return blockRoundings(sizeOf(shape));
  const [channels, ...space] = shape as [number, ...number[]];
  return channels + (space.length === 0 ? 0 : blockRoundings(sizeOf(space)));
}

/** Roundings of the layers that are merged into one, for each of its elements. */
export const mergedRoundings = ({ name }: Layer, { mergedOf }: BoundContext): number =>
  mergedOf?.(name).roundings ?? 0;

/** A scaling of channels, however a runtime computes it: from four numbers, or as a difference and a quotient. */
const channelTerms = 8;

/** Terms of one element's sum; 0 where elements only move. */
function forwardTerms(layer: Layer, context: BoundContext): number {
  const { form, terms, channelAffine: perChannel } = ruleOf(layer);
  const own = {
    mixes: (): number => terms?.(layer, context.shapeOf(layer.inputs[0])) ?? layer.inputs.length,
    scales: (): number => (perChannel ? channelTerms : 2),
    moves: (): number => 0,
    relabels: (): number => 0,
    bends: (): number => NaN,
  }[form]();
  return own + mergedRoundings(layer, context);
}

const usesOf = (layer: Layer): number => ruleOf(layer).uses?.(layer) ?? 1;

/** Terms of a coefficient's sum; 0 where coefficients only move. */
function backwardTerms(layer: Layer): number {
  const { form } = ruleOf(layer);
  const uses = usesOf(layer);
  return uses > 1 || form === 'mixes' || form === 'scales' ? uses : 0;
}

const rounding: RoundingRule<LayerKind> = {
  forward: (inputs, layer, context) => apply(inputs, reachOf(layer, context), layer),
  forwardTerms,
  /** Of weights that an element's sum reads alike for every output, one row of ones counts for all. */
  activeTerms(inputs, layer, context) {
    const layout = ruleOf(layer).weight?.(layer);
    if (!layout || layout.groups > 1) return undefined;
    const { shape } = numbersOf(layer, context).weight!;
    const single = shape.map((n, axis) => (axis === (layout.transposed ? 1 : 0) ? 1 : n));
    return apply([indicator(gt(inputs[0], 0))], { weight: ones(single) }, layer);
  },
  backwardTerms,
  constantTerms: (layer, context) =>
    numbersOf(layer, context).bias ? constantRoundings(context.shapeOf(layer.name), layer) : 0,
};

export const affineRule: BoundRule<LayerKind> = {
  /** W·c + b ± |W|·r (Gowal et al. 2018, eq. 6). */
  interval(inputs, layer, context) {
    const { weight, bias } = numbersOf(layer, context);
    const through = (end: 'lower' | 'upper'): Tensor =>
      apply(
        inputs.map((x) => x[end]),
        { bias },
        layer,
      );
    if (!weight) return { lower: through('lower'), upper: through('upper') };
    const [{ lower, upper }] = inputs;
    // Halves go into the weight, which is exact and saves two passes over the activations.
    const half = mul(weight, 0.5);
    return fromCenter(
      apply([add(lower, upper)], { weight: half, bias }, layer),
      apply([sub(upper, lower)], { weight: abs(half) }, layer),
    );
  },
  /** a·(W x + b) = (Wᵀa)·x + a·b, Wᵀa the vector-Jacobian product of the pass, each row one input of a batch: exact. */
  backward(a, layer, context) {
    const { weight, bias } = numbersOf(layer, context);
    const inputs = layer.inputs.map((name) => zeros([a.shape[0], ...context.shapeOf(name)]));
    return {
      inputs: vjp(apply(inputs, { weight }, layer), inputs, a),
      ...(bias && { constant: constantOf(a, bias, layer) }),
    };
  },
  /** s∘(c + r∘u) + t = (s∘c + t) + |s|∘r∘u′ with ‖u′‖ ≤ ‖u‖; W·c + b ± ‖row∘r‖ of the dual norm (Hölder). */
  ball({ norm, center, radius }, layer, context) {
    const { weight, bias } = numbersOf(layer, context);
    const moved = (): Tensor => apply([center], { weight, bias }, layer);
    if (keepsApart(layer)) {
      const scaled = apply([radius], { weight: weight && abs(weight) }, layer);
      return { kind: 'ball', ball: { norm, center: moved(), radius: scaled } };
    }
    const layout = ruleOf(layer).weight?.(layer);
    if (!layout || layout.transposed) return undefined;
    const dual = dualRadius(norm, weight!, radius, (x, w) => apply([x], { weight: w }, layer));
    return { kind: 'interval', center: moved(), radius: dual };
  },
  rounding,
};

/** Whether each element of an affine layer's result reads one element of an input at most, and no two the same one. */
export const keepsApart = (layer: Layer): boolean => ruleOf(layer).form !== 'mixes' && usesOf(layer) <= 1;
