/** @file What a lowering is: one primitive's node → ONNX nodes. */
import type { StructuralName } from '../../../tensor/primitives/table.ts';
import type { PrimitiveName, Tensor } from '../../../tensor/tensor.ts';
import type { Emitter } from './emitter.ts';

/** A node of the program, typed, with the ONNX names its inputs have already. */
export interface LoweringSite<K extends PrimitiveName> {
  readonly emitter: Emitter;
  readonly node: Tensor<K>;
  readonly inputs: readonly string[];
  /** ONNX name of any value made before, for lowerings that look through their inputs. */
  readonly nameOf: (tensor: Tensor) => string;
}

/** Emits the ONNX nodes of one primitive and returns the name of the result. */
export type Lowering<K extends PrimitiveName> = (site: LoweringSite<K>) => string;

export type LoweringTable<K extends PrimitiveName> = { readonly [P in K]: Lowering<P> };

/** Primitives with a lowering of their own; the others are the structure of the program (see lowerProgram.ts). */
export type LoweredName = Exclude<PrimitiveName, StructuralName>;
