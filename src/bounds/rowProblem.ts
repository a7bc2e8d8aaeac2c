/** @file A batch of rows to bound with α and β: what is fixed, and what is optimised. */
import type { Network } from '../nn/network.ts';
import type { Tensor } from '../tensor/index.ts';
import type { BoxTensors } from './concretize.ts';
import type { BoundContext, Relaxation } from './rule.ts';
import type { SplitNeurons } from './rules/relu.ts';

/** By ReLU layer name. */
export type ByRelu<T> = Readonly<Record<string, T>>;

/** What is fixed while the rows are optimised; see `CompactRelu`. */
export interface RowSetting {
  readonly active: Tensor;
  readonly index?: Tensor | undefined;
  readonly lower: Tensor;
  readonly upper: Tensor;
  /** Present for domains of branch and bound. */
  readonly split?: Omit<SplitNeurons, 'beta'> | undefined;
}

/** The optimised variables: α [R, U], and β [R, D] beside `split`. */
export interface RowVariables {
  readonly alpha: ByRelu<Tensor>;
  readonly beta: ByRelu<Tensor>;
}

/** Start rows, the network and its box: everything a bound depends on but the variables. */
export interface RowProblem {
  readonly network: Network;
  readonly context: BoundContext;
  readonly start: { readonly layer: string; readonly coefficients: Tensor };
  readonly box: BoxTensors;
  readonly relus: ByRelu<RowSetting>;
  readonly magnitudes: ReadonlyMap<string, Tensor>;
  /** Relaxations of nonlinear layers other than ReLU. */
  readonly others: ReadonlyMap<string, Relaxation>;
}
