/** @file Backend: what gives a program its numbers. ONNX Runtime and the plain interpreter are two. */
import type { Program } from '../../tensor/tensor.ts';
import type { HostTensor } from '../hostTensor.ts';

/** Where programs run. `webgpu` comes with ONNX Runtime; `cuda` needs the user's own installation. */
export type Device = 'cpu' | 'webgpu' | 'cuda';

export interface BackendOptions {
  /** Threads of one operation; default: all processors. One in worker threads: see DESIGN.md §3. */
  readonly threads?: number;
  /** Default `cpu`. */
  readonly device?: Device;
}

/** A program ready to run. */
export interface PreparedProgram {
  /**
   * @param feeds of the types and shapes of the program's inputs, in their order; never written
   * @param into memory for outputs, in their order; where there is none, outputs get memory of their own
   * @returns all outputs, in their order; those of `into` are the given objects
   * @throws UserError where the device cannot be used
   */
  run(feeds: readonly HostTensor[], into?: readonly (HostTensor | undefined)[]): Promise<HostTensor[]>;
  /** Gives memory back, unless it is running; the next run takes it again. */
  release(): Promise<void>;
}

export interface Backend {
  /** Does nothing that takes time; the first run does. Equal programs may share what is made then. */
  prepare(program: Program, options: BackendOptions): PreparedProgram;
}
