/** @file compile: an ordinary function over trees of tensors → a program that ONNX Runtime runs. */
import { simplify } from '../tensor/simplify.ts';
import type { Program } from '../tensor/program.ts';
import { isTensor, type Tensor, type TensorSpec } from '../tensor/tensor.ts';
import { trace } from '../tensor/trace.ts';
import { flattenTree, mapTree, type MapTree } from '../tensor/tree.ts';
import { verifyBlockedLayout } from './blockedLayout.ts';
import { blockSize } from './lower/blocked.ts';
import { bindFeeds, bindMemory } from './feeds.ts';
import { isHostTensor, type Feed, type HostTensor } from './hostTensor.ts';
import { lowerProgram, type LoweredProgram, type LoweringOptions } from './lower/lowerProgram.ts';
import type { FormulationRecord } from './lower/formulations.ts';
import {
  closeModel,
  openModel,
  rebuildableModel,
  runModel,
  type IdentifiedModel,
  type SessionOptions,
} from './session.ts';

export interface CompileOptions extends SessionOptions, LoweringOptions {}

/** The argument of an executable: specs replaced by values. */
export type FeedsOf<S> = MapTree<S, TensorSpec, Feed>;
/** The result of an executable: tensors replaced by values. */
export type ResultOf<R> = MapTree<R, Tensor, HostTensor>;
/** Any part of a tree. */
export type PartOf<T> = T extends HostTensor ? T : { readonly [K in keyof T]?: PartOf<T[K]> };

/** A compiled function. Lowering happens at the first run, and sessions are shared by equal programs. */
export interface Executable<S, R> {
  /** The simplified program. */
  readonly program: Program;
  /** Formulation of every convolution gradient: pass it to `compile` again to get the same bits. */
  readonly formulations: FormulationRecord;
  /** The ONNX model; made when first asked for. */
  readonly model: IdentifiedModel;
  /**
   * @param into memory for some or all of the results, in the tree of the result
   * @throws RangeError naming the path of a feed that is missing or has the wrong shape or type
   */
  run(feeds: FeedsOf<S>, into?: PartOf<ResultOf<R>>): Promise<ResultOf<R>>;
  /** Opens the session without running. */
  prepare(): Promise<void>;
  /** Closes the session, unless it is running, and gives its memory back; the next run opens it again. */
  release(): Promise<void>;
}

/** A lowered program without its bytes, which the session holds. */
type Lowered = Omit<LoweredProgram, 'bytes'> & { readonly model: IdentifiedModel };

/**
 * Traces `fn` once.
 * @param specs tree of shapes and types of the argument, e.g. `{ x: float32([8,1,28,28]) }`
 * @throws TraceError from the operation whose shapes do not fit
 */
export function compile<S, R>(
  fn: (args: MapTree<S, TensorSpec, Tensor>) => R,
  specs: S,
  options: CompileOptions = {},
): Executable<S, R> {
  const traced = trace(fn, specs);
  const program = simplify(traced.program);
  const leaves = flattenTree(traced.outputTree, isTensor);
  const size = (options.device ?? 'cpu') === 'cpu' ? blockSize : (): number => 0;
  const lower = (): LoweredProgram => lowerProgram(program, { blockSize: size(), ...options });
  let lowered: Lowered | undefined;
  const getLowered = (): Lowered => {
    if (lowered === undefined) {
      const { bytes, ...rest } = lower();
      lowered = { ...rest, model: rebuildableModel(bytes, () => lower().bytes) };
    }
    return lowered;
  };
  const checkLayout = async (): Promise<void> => {
    if (getLowered().usesBlocked && !(await verifyBlockedLayout())) lowered = undefined;
  };

  return {
    program,
    get formulations() {
      return getLowered().formulations;
    },
    get model() {
      return getLowered().model;
    },
    async run(feeds, into) {
      await checkLayout();
      const { model, inputNames, outputNames } = getLowered();
      const memory = bindMemory(into, program, outputNames);
      const made = await runModel(model, options, bindFeeds(feeds, program, inputNames), memory);
      const byPath = new Map(leaves.map((leaf, i) => [leaf.path, made[outputNames[i]]]));
      return mapTree(traced.outputTree, isTensor, (_, path) => byPath.get(path)!);
    },
    async prepare() {
      await checkLayout();
      await openModel(getLowered().model, options);
    },
    async release() {
      if (lowered !== undefined) await closeModel(lowered.model, options);
    },
  };
}

/** Compiles for the shapes of the values given and runs once; equal programs still share a session. */
export async function evaluateOnce<F, R>(
  fn: (args: MapTree<F, HostTensor, Tensor>) => R,
  feeds: F,
  options: CompileOptions = {},
): Promise<ResultOf<R>> {
  const specs = mapTree(feeds, isHostTensor, ({ shape, dtype }): TensorSpec => ({ shape, dtype }));
  const executable = compile(fn as (args: unknown) => R, specs as unknown, options);
  return executable.run(feeds as never);
}
