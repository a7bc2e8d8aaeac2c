/** @file The family of nonlinear kinds: those that need bounds on their input before a backward walk can pass them. */
import type { Layer, LayerKind, LayerOfKind } from '../../nn/network.ts';
import type { Tensor } from '../../tensor/index.ts';
import type { Interval } from '../interval.ts';
import type { BackwardContext, BoundRule, Relaxation } from '../rule.ts';
import { leakyReluMember } from './leakyRelu.ts';
import type { LowerSlope } from './lowerSlope.ts';
import { maxPool2dMember } from './maxPool2d.ts';
import type { Nonlinear } from './member.ts';
import { reluMember } from './relu.ts';
import { sigmoidMember } from './sigmoid.ts';
import { tanhMember } from './tanh.ts';

export const nonlinear = {
  relu: reluMember,
  leakyRelu: leakyReluMember,
  sigmoid: sigmoidMember,
  tanh: tanhMember,
  maxPool2d: maxPool2dMember,
} satisfies { readonly [K in LayerKind]?: Nonlinear<K> };

export type NonlinearKind = keyof typeof nonlinear;
export type NonlinearLayer = LayerOfKind<NonlinearKind>;

export const isNonlinear = (kind: LayerKind): kind is NonlinearKind => Object.hasOwn(nonlinear, kind);

/** The member of a layer's kind. @throws Error where the layer is linear */
export function memberOf({ kind }: Layer): Nonlinear<LayerKind> {
  if (!isNonlinear(kind)) throw new Error(`a ${kind} layer is linear and needs no relaxation`);
  return nonlinear[kind];
}

/** Linear bounds of a nonlinear layer over bounds of what it reads; see `Nonlinear.relaxation`. */
export const relaxationFor = (layer: Layer, input: Interval, slope?: LowerSlope): Relaxation =>
  memberOf(layer).relaxation(layer, input, slope);

/** Their bound rules. */
export const nonlinearRules = Object.fromEntries(
  Object.entries(nonlinear).map(([kind, { interval, rounding }]) => [
    kind,
    {
      interval,
      rounding,
      backward: (a: Tensor, { name }: Layer, context: BackwardContext) => context.relaxationOf(name)(a),
    },
  ]),
) as unknown as { readonly [K in NonlinearKind]: BoundRule<K> };
