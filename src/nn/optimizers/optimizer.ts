/** @file What an optimiser is: a pure traced update of parameters and state. */
import type { Member } from '../../family/family.ts';
import type { Option, Options } from '../../family/option.ts';
import type { Tensor, TensorSpec } from '../../tensor/index.ts';
import type { Parameters } from '../network.ts';

/** One update's arguments; `gradients` has the keys of `params`. */
export interface UpdateArguments {
  readonly params: Parameters<Tensor>;
  readonly gradients: Parameters<Tensor>;
  readonly state: Parameters<Tensor>;
  /** Learning rate, float32 []. */
  readonly lr: Tensor;
}

export interface Optimizer {
  /** The state to keep between updates, `${slot}/${parameter}` or `${slot}`; it starts at zero. */
  stateSpecs(params: Parameters<TensorSpec>): Record<string, TensorSpec>;
  update(args: UpdateArguments): { params: Record<string, Tensor>; state: Record<string, Tensor> };
}

/** A kind of optimiser, from which one is built. */
export interface OptimizerKind<O extends Options = Options> extends Member<O> {
  build(options: OptimizerOptions): Optimizer;
}

/** L2 penalty, as every optimiser here knows it. */
export const weightDecay = {
  type: 'number',
  least: 0,
  default: 0,
  key: 'weight_decay',
  sentence: 'L2 weight decay.',
} as const satisfies Option;

/** Every optimiser reads what it knows. */
export interface OptimizerOptions {
  /** SGD. */
  readonly momentum?: number;
  /** L2 penalty added to the gradient. */
  readonly weightDecay?: number;
  /** Adam: decay of the first and second moment. */
  readonly betas?: readonly [number, number];
  /** Adam: added to the root of the second moment. */
  readonly eps?: number;
}
