/** @file What runs the programs of CROWN in blocks: ONNX Runtime, or anything else that gives programs their meaning. */
import { compile, type CompileOptions, type Executable } from '../../engine/compile.ts';
import { isHostTensor } from '../../engine/hostTensor.ts';
import { mapTree } from '../../tensor/index.ts';

/** A function to be traced, and the shapes and types of its argument. */
export interface TracedPart {
  readonly fn: (args: never) => unknown;
  readonly specs: object;
}

/** Elements of tensors, row-major. */
export type Values = Float32Array | Float64Array;

/** A part ready to run: feeds and results are trees of values. */
export type ReadyPart = (feeds: object) => Promise<unknown>;

export interface BlockMachine {
  prepare(part: TracedPart): ReadyPart;
  /** Zeros of the precision that it computes in. */
  zeros(length: number): Values;
  /** Gives the memory of its runs back. */
  release(): Promise<void>;
}

/** ONNX Runtime. */
export function engineMachine(options: CompileOptions): BlockMachine {
  const made: Executable<object, unknown>[] = [];
  return {
    prepare({ fn, specs }) {
      const executable = compile(fn as (args: object) => unknown, specs, options);
      made.push(executable);
      return async (feeds) =>
        mapTree(await executable.run(feeds as never), isHostTensor, ({ data }) => data as Float32Array);
    },
    zeros: (length) => new Float32Array(length),
    async release() {
      for (const executable of made) await executable.release();
    },
  };
}
