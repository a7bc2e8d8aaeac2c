/** @file A bound machine without ONNX Runtime: the same traced programs in the f64 interpreter. */
import type { BoundNetwork } from '../../src/bounds/boundNetwork.ts';
import type { BoundMachine } from '../../src/bounds/machine.ts';
import type { Executable } from '../../src/engine/compile.ts';
import { bindFeeds } from '../../src/engine/feeds.ts';
import {
  flattenTree,
  interpret,
  isTensor,
  mapTree,
  simplify,
  trace,
  type MapTree,
  type Tensor,
  type TensorSpec,
} from '../../src/tensor/index.ts';

/** Results are computed in f64 and, as feeds are f32, rounded at the end; `exact` leaves them f64. */
export function interpreterMachine(net: BoundNetwork, exact = false): BoundMachine {
  const made = new Map<string, unknown>();
  return {
    net,
    program<S, R>(key: string, build: () => { fn: (args: MapTree<S, TensorSpec, Tensor>) => R; specs: S }) {
      const known = made.get(key) as Executable<S, R> | undefined;
      if (known) return known;
      const { fn, specs } = build();
      const traced = trace(fn, specs);
      const program = simplify(traced.program);
      const names = program.inputs.map((_, i) => `input${i}`);
      const paths = flattenTree(traced.outputTree, isTensor).map((leaf) => leaf.path);
      const executable = {
        program,
        async run(feeds: unknown) {
          const bound = bindFeeds(feeds, program, names);
          const found = interpret(
            program,
            names.map((name) => bound[name].data),
          );
          return mapTree(traced.outputTree, isTensor, (tensor, path) => ({
            shape: tensor.shape,
            dtype: tensor.dtype,
            data: exact ? found[paths.indexOf(path)] : Float32Array.from(found[paths.indexOf(path)]),
          }));
        },
      };
      made.set(key, executable);
      return executable as unknown as Executable<S, R>;
    },
    another: (other) => interpreterMachine(other, exact),
  };
}
