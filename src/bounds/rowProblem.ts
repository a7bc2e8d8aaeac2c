/** @file A batch of rows to bound with α and β: what is fixed, and what is optimised. */
import type { Network } from '../nn/network.ts';
import type { Tensor } from '../tensor/index.ts';
import type { BoxTensors } from './concretize.ts';
import type { SiteSetting } from './nonlinear/member.ts';
import type { BoundContext, Relaxation } from './rule.ts';

/** By the name of a nonlinear layer. */
export type BySite<T> = Readonly<Record<string, T>>;

/** The optimised variables: α [R, variables·U], and β [R, D] beside `split`. */
export interface RowVariables {
  readonly alpha: BySite<Tensor>;
  readonly beta: BySite<Tensor>;
}

/** Start rows, the network and its box: everything a bound depends on but the variables. */
export interface RowProblem {
  readonly network: Network;
  readonly context: BoundContext;
  readonly start: { readonly layer: string; readonly coefficients: Tensor };
  readonly box: BoxTensors;
  /** The elementwise nonlinear layers. */
  readonly sites: BySite<SiteSetting>;
  readonly magnitudes: ReadonlyMap<string, Tensor>;
  /** Relaxations of the other nonlinear layers. */
  readonly others: ReadonlyMap<string, Relaxation>;
}
