/** @file The language: tensors, operations, tracing, differentiation. */
export { grad, valueAndGrad, valueAndGradWith, vjp } from './grad.ts';
export { interpret } from './interpret.ts';
export { loop } from './loop.ts';
export * from './operations/index.ts';
export { TraceError } from './primitives/definition.ts';
export { convLength } from './primitives/linear.ts';

export { broadcastShapes, sizeOf, type Shape } from './shape.ts';
export { simplify } from './simplify.ts';
export {
  float32,
  int32,
  isTensor,
  type DType,
  type Program,
  type Tensor,
  type TensorSpec,
} from './tensor.ts';
export { isSpec, trace, type Traced } from './trace.ts';
export { flattenTree, mapTree, type MapTree, type Tree } from './tree.ts';
