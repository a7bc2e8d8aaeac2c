/** @file Tracing: an ordinary function over trees of tensors becomes a static program. */
import { input } from './apply.ts';
import { isTensor, type Program, type Tensor, type TensorSpec } from './tensor.ts';
import { flattenTree, mapTree, type MapTree } from './tree.ts';

/** A traced function; the trees tell which input and output belongs where. */
export interface Traced<S, R> {
  readonly program: Program;
  readonly inputTree: MapTree<S, TensorSpec, Tensor<'input'>>;
  /** Leaves are nodes of `program.outputs`. */
  readonly outputTree: R;
}

export function isSpec(value: unknown): value is TensorSpec {
  return (
    typeof value === 'object' &&
    value !== null &&
    Array.isArray((value as TensorSpec).shape) &&
    'dtype' in value
  );
}

/**
 * Calls `fn` once with symbolic tensors.
 * @param specs tree of shapes and types of the argument
 * @throws TraceError from the operation whose shapes do not fit
 */
export function trace<S, R>(fn: (args: MapTree<S, TensorSpec, Tensor>) => R, specs: S): Traced<S, R> {
  const inputTree = mapTree(specs, isSpec, (spec, path) => input(path === '' ? 'argument' : path, spec));
  const outputTree = fn(inputTree);
  const leaves = flattenTree(outputTree, isTensor);
  return {
    program: {
      inputs: flattenTree(inputTree, isTensor).map((l) => l.value as Tensor<'input'>),
      outputs: leaves.map((l) => l.value),
      outputNames: leaves.map((l) => (l.path === '' ? 'result' : l.path)),
    },
    inputTree,
    outputTree,
  };
}
