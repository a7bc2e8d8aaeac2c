/** @file Runs a compiled network in float32 with sums in random order, with or without fused multiply-add, with or without denormals. */
import type { Graph } from '../../src/check/graph/graph.ts';
import type { Rng } from '../../src/data/rng.ts';

/** Every element as some float32 machine may compute it. */
export function runFloat32(graph: Graph, x: Float64Array, rng: Rng): Float64Array {
  const z = new Float64Array(graph.size);
  const [fused, flush] = [rng.next() < 0.5, rng.next() < 0.5];
  const round = (value: number): number => {
    const single = Math.fround(value);
    return flush && Math.abs(single) < 2 ** -126 ? 0 : single;
  };
  z.set(x.map(round));
  for (const op of graph.operations)
    for (let i = 0; i < op.size; i++) {
      const at = op.first + i;
      if (op.kind === 'bend') {
        const value = z[op.inputs[i]];
        const p = op.kinks[i];
        z[at] = value >= p ? value : op.q[i] === 0 ? p : round(round(op.q[i]) * value);
        continue;
      }
      if (op.greaterOf) {
        z[at] = Math.max(z[op.greaterOf[0][i]], z[op.greaterOf[1][i]]);
        continue;
      }
      const p = op.pattern[i];
      const own = op.rounding.exact ? (value: number): number => value : round;
      const terms = Array.from({ length: op.start[p + 1] - op.start[p] }, (_, k) => {
        const w = op.weights[op.base[i] + op.offset[op.start[p] + k]];
        return [own(w), z[op.column[op.start[p] + k]]] as const;
      });
      const all: (readonly [number, number])[] = [...terms, [own(op.bias[i]), 1]];
      const order = rng.next() < 0.3 ? all.keys() : rng.permutation(all.length);
      let sum = 0;
      for (const k of order) {
        const [w, value] = all[k];
        sum = own(sum + (fused ? w * value : own(w * value)));
      }
      z[at] = sum;
    }
  return z;
}
