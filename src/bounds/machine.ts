/** @file The compiled programs of one bounded network, made when first needed and kept. */
import { compile, type CompileOptions, type Executable } from '../engine/compile.ts';
import type { MapTree, Tensor, TensorSpec } from '../tensor/index.ts';
import type { BoundNetwork } from './boundNetwork.ts';

/** A bounded network with its executables. */
export interface BoundMachine {
  readonly net: BoundNetwork;
  /** The executable of a key; traced and compiled on first use. */
  program<S, R>(
    key: string,
    build: () => { fn: (args: MapTree<S, TensorSpec, Tensor>) => R; specs: S },
  ): Executable<S, R>;
}

export function boundMachine(net: BoundNetwork, options: CompileOptions = {}): BoundMachine {
  const made = new Map<string, unknown>();
  return {
    net,
    program<S, R>(key: string, build: () => { fn: (args: MapTree<S, TensorSpec, Tensor>) => R; specs: S }) {
      let found = made.get(key) as Executable<S, R> | undefined;
      if (!found) {
        const { fn, specs } = build();
        found = compile(fn, specs, options);
        made.set(key, found);
      }
      return found;
    },
  };
}
