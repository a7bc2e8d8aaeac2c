/** @file The value of every element at a point, in f64: for finding elements by what they compute. No bound rests on it. */
import type { Graph } from './graph.ts';

export function evaluate(graph: Graph, x: Float64Array): { sites: Float64Array[]; outputs: Float64Array } {
  const z = new Float64Array(graph.size);
  z.set(x);
  for (const op of graph.operations)
    for (let i = 0; i < op.size; i++) {
      let sum = op.kind === 'affine' ? op.bias[i] : 0;
      if (op.kind === 'affine') {
        const p = op.pattern[i];
        for (let k = op.start[p]; k < op.start[p + 1]; k++)
          sum += op.weights[op.base[i] + op.offset[k]] * z[op.column[k]];
      } else {
        const value = z[op.inputs[i]];
        const p = op.kinks[i];
        sum = value >= p ? value : op.q[i] === 0 ? p : op.q[i] * value;
      }
      z[op.first + i] = sum;
    }
  const at = (elements: Int32Array): Float64Array => Float64Array.from(elements, (j) => z[j]);
  return {
    sites: graph.sites.map(({ inputs, kinks }) => at(inputs).map((value, i) => value - kinks[i])),
    outputs: at(graph.outputs),
  };
}
