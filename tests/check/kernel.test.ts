import { describe, expect, it } from 'vitest';
import { createRng } from '../../src/data/rng.ts';
import { Builder } from '../../src/check/graph/builder.ts';
import type { Graph } from '../../src/check/graph/graph.ts';
import { rowsFor } from '../../src/check/bounds/kernel.ts';

/** An affine operation of random terms on some inputs; `reads` gives the operands of a pattern. */
function graphOf(
  seed: string,
  inputs: number,
  patterns: number,
  members: number,
  reads: () => number[],
): Graph {
  const rng = createRng(seed);
  const builder = new Builder('float32');
  builder.elements([inputs]);
  const columns = Array.from({ length: patterns }, reads);
  const width = Math.max(...columns.map((own) => own.length));
  const { elements } = builder.affine('some', [patterns * members], {
    elements: Int32Array.from(
      columns.flatMap((own) => Array.from({ length: width }, (_, k) => own[k] ?? -1)),
    ),
    inner: width,
    columns: members,
    rows: 1,
    weights: Float64Array.from({ length: patterns * members * width }, () =>
      rng.next() < 0.2 ? 0 : rng.normal(),
    ),
  });
  const { size, operations, sites, alphas, cost } = builder;
  return { inputs, type: 'float32', size, operations, sites, alphas, cost, outputs: elements! };
}

/** Coefficients of the inputs by the definition, and Σ|products|. */
function expected(
  { operations: [op], inputs }: Graph,
  of: (element: number, r: number) => number,
  r: number,
) {
  if (op.kind !== 'affine') throw new Error('an affine operation');
  const [sum, size] = [new Float64Array(inputs), new Float64Array(inputs)];
  for (let i = 0; i < op.size; i++)
    for (let k = op.start[op.pattern[i]]; k < op.start[op.pattern[i] + 1]; k++) {
      const product = op.weights[op.base[i] + op.offset[k]] * of(op.first + i, r);
      sum[op.column[k]] += product;
      size[op.column[k]] += Math.abs(product);
    }
  return { sum, size };
}

describe('coefficients of results become those of operands', () => {
  const rng = createRng('kernel');
  const some = (count: number, from: number): number[] =>
    Array.from({ length: from }, (_, j) => j)
      .toSorted(() => rng.next() - 0.5)
      .slice(0, count);
  const cases: Record<string, Graph> = {
    'one dense pattern': graphOf('a', 37, 1, 11, () => some(37, 37)),
    'a number of operands that four does not divide': graphOf('b', 9, 1, 5, () => some(7, 9)),
    'windows that overlap': graphOf('c', 30, 12, 3, () => some(9, 30)),
    'single terms': graphOf('d', 8, 8, 1, () => some(1, 8)),
    'an operand twice, side by side': graphOf('e', 12, 2, 6, () => [3, 3, 4, 5, 4, 3, 3, 1]),
    'an operand twice, far apart': graphOf('f', 12, 2, 6, () => [3, 1, 2, 4, 5, 6, 7, 3]),
    nothing: graphOf('g', 3, 2, 4, () => []),
  };
  it.each(Object.entries(cases))('%s', (_name, graph) => {
    const rows = rowsFor(graph);
    const [op] = graph.operations;
    if (op.kind !== 'affine') return;
    for (let round = 0; round < 4; round++) {
      rows.clear(graph.size);
      const given = new Map<string, number>();
      for (const element of graph.outputs) {
        if (rng.next() < 0.3) continue;
        const [begin, end] = [rng.integer(rows.most), rng.integer(rows.most)].toSorted((a, b) => a - b);
        rows.touch(element, begin, end + 1);
        for (let r = begin; r <= end; r++) {
          const a = rng.normal();
          given.set(`${element} ${r}`, a);
          rows.coefficients[element * rows.most + r] = a;
        }
      }
      rows.accumulate(op);
      for (let r = 0; r < rows.most; r++) {
        const { sum, size } = expected(graph, (element, row) => given.get(`${element} ${row}`) ?? 0, r);
        sum.forEach((wanted, j) => {
          const found = rows.coefficients[j * rows.most + r];
          expect(Math.abs(found - wanted)).toBeLessThanOrEqual(1e-14 * size[j]);
          if (wanted !== 0) expect(rows.begin[j] <= r && r < rows.end[j]).toBe(true);
        });
      }
    }
  });
});
