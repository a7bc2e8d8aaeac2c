/** @file The compiled programs of one bounded network, made when first needed and kept. */
import { compile, type CompileOptions, type Executable } from '../engine/compile.ts';
import type { MapTree, Tensor, TensorSpec } from '../tensor/index.ts';
import { normOf } from './ball.ts';
import { withNorm, type BoundNetwork } from './boundNetwork.ts';
import type { Box } from './box.ts';

/** A bounded network with its executables. */
export interface BoundMachine {
  readonly net: BoundNetwork;
  /** The executable of a key; traced and compiled on first use. */
  program<S, R>(
    key: string,
    build: () => { fn: (args: MapTree<S, TensorSpec, Tensor>) => R; specs: S },
  ): Executable<S, R>;
  /** A machine of another network, compiled for the same place. */
  readonly another: (net: BoundNetwork) => BoundMachine;
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
    another: (other) => boundMachine(other, options),
  };
}

/** The machine for sets like this one: programs over balls are others than those over boxes. */
export function machineFor(machine: BoundMachine, set: Box): BoundMachine {
  const norm = normOf(set);
  if (norm === 'inf' || machine.net.norm === norm) return machine;
  return {
    net: withNorm(machine.net, norm),
    program: (key, build) => machine.program(`l${norm} ${key}`, build),
    another: machine.another,
  };
}
