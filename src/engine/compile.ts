/** @file compile: an ordinary function over trees of tensors → a program that a backend runs. */
import { simplify } from '../tensor/simplify.ts';
import { isTensor, type Program, type Tensor, type TensorSpec } from '../tensor/tensor.ts';
import { trace } from '../tensor/trace.ts';
import { mapTree, type MapTree } from '../tensor/tree.ts';
import type { Backend, BackendOptions } from './backend/backend.ts';
import { onnxRuntime } from './backend/onnxRuntime.ts';
import { bindFeeds, bindMemory } from './feeds.ts';
import type { Feed, HostTensor } from './hostTensor.ts';

export interface CompileOptions extends BackendOptions {
  /** Default: ONNX Runtime. Options with a backend cannot be sent to another thread. */
  readonly backend?: Backend;
}

/** The argument of an executable: specs replaced by values. */
export type FeedsOf<S> = MapTree<S, TensorSpec, Feed>;
/** The result of an executable: tensors replaced by values. */
export type ResultOf<R> = MapTree<R, Tensor, HostTensor>;
/** Any part of a tree. */
export type PartOf<T> = T extends HostTensor ? T : { readonly [K in keyof T]?: PartOf<T[K]> };

/** A compiled function. */
export interface Executable<S, R> {
  /** The simplified program. */
  readonly program: Program;
  /**
   * @param into memory for some or all of the results, in the tree of the result
   * @throws RangeError naming the path of a feed that is missing or has the wrong shape or type
   */
  run(feeds: FeedsOf<S>, into?: PartOf<ResultOf<R>>): Promise<ResultOf<R>>;
  /** Gives the memory of its runs back, unless it is running; the next run takes it again. */
  release(): Promise<void>;
}

/**
 * Traces `fn` once.
 * @param specs tree of shapes and types of the argument, e.g. `{ x: float32([8,1,28,28]) }`
 * @throws TraceError from the operation whose shapes do not fit
 */
export function compile<S, R>(
  fn: (args: MapTree<S, TensorSpec, Tensor>) => R,
  specs: S,
  { backend = onnxRuntime, ...options }: CompileOptions = {},
): Executable<S, R> {
  const traced = trace(fn, specs);
  const program = simplify(traced.program);
  const prepared = backend.prepare(program, options);
  return {
    program,
    async run(feeds, into) {
      const made = await prepared.run(bindFeeds(feeds, program), bindMemory(into, program));
      // Outputs are the leaves of the result's tree, in its order.
      let next = 0;
      return mapTree(traced.outputTree, isTensor, () => made[next++]);
    },
    release: prepared.release,
  };
}
