/** @file A·W for many rows: the only arithmetic that a certificate costs. */
import { CheckFailure } from '../failure.ts';
import type { Affine, Graph } from '../graph/graph.ts';
import { multiplyIn } from './wasm.ts';

/**
 * Coefficients of every element for a number of rows, rows innermost: those of an element begin at `element · most`. Other than in
 * the rows `begin` … `end` − 1 they are 0; an element with `end` 0 is not reached.
 */
export interface Rows {
  readonly coefficients: Float64Array;
  readonly begin: Uint8Array;
  readonly end: Uint8Array;
  readonly most: number;
  /** Multipliers of all sites, row after row. */
  readonly alphas: Int16Array;
  /** For other rows, which reach elements below `size` only. */
  readonly clear: (size: number) => void;
  /** Lets an element have coefficients in the rows `begin` … `end` − 1 too. */
  readonly touch: (element: number, begin: number, end: number) => void;
  /** Adds the coefficients of an affine operation's results, times its terms, to those of its operands. */
  readonly accumulate: (op: Affine) => void;
}

/** Terms of an operation in the module's memory. */
interface Layout {
  /** Of each pattern, from where its operands stand, to where; the distances of their weights stand `offsets` after. */
  readonly from: Int32Array;
  readonly to: Int32Array;
  readonly offsets: number;
  readonly weights: number;
}

/** Four operands are added to at once: lists of them are filled up with an element that nobody reads. */
const padded = (n: number): number => (n + 3) & ~3;
/** Products of a pattern that are worth the call. */
const worthCalling = 12;
/** Rows are walked together as far as their coefficients take no more than 64 MB. */
const rowsOf = (size: number): number => Math.max(4, Math.min(32, (2 ** 23 / size) & ~3));

const known = new WeakMap<Graph, Rows>();

/** Scratch for the walks of a graph, one at a time. @throws CheckFailure too-large */
export function rowsFor(graph: Graph): Rows {
  let rows = known.get(graph);
  if (!rows) known.set(graph, (rows = makeRows(graph)));
  return rows;
}

/**
 * Patterns that the module multiplies. Four sums stand in registers at once, so no operand may be there twice.
 * @param seen scratch, of as many zeros as there are elements
 */
function calledOf({ groups, start, column }: Affine, seen: Int32Array): boolean[] {
  return Array.from({ length: groups.length - 1 }, (_, p) => {
    if ((groups[p + 1] - groups[p]) * (start[p + 1] - start[p]) < worthCalling) return false;
    const own = column.subarray(start[p], start[p + 1]);
    const distinct = own.every((j) => seen[j]++ === 0);
    for (const j of own) seen[j] = 0;
    return distinct;
  });
}

function makeRows(graph: Graph): Rows {
  const { size } = graph;
  const most = rowsOf(size);
  const stride = 8 * most;
  const affine = graph.operations.filter((op) => op.kind === 'affine');
  const widest = affine.reduce((n, op) => Math.max(n, op.size), 0);
  /* In memory: coefficients, those of nobody, the list of results, weights, operands. */
  const list = (size + 1) * stride;
  let next = list + 8 * widest;
  const seen = new Int32Array(size);
  const weightsAt = new Map<Float64Array, number>();
  const layouts = new Map<Affine, Layout>();
  for (const op of affine) {
    const called = calledOf(op, seen);
    if (!called.includes(true)) continue;
    let weights = weightsAt.get(op.weights);
    if (weights === undefined) {
      weightsAt.set(op.weights, (weights = next));
      next += 8 * op.weights.length;
    }
    const [from, to] = [new Int32Array(called.length), new Int32Array(called.length)];
    const before = next;
    called.forEach((is, p) => {
      from[p] = next;
      if (is) next += 4 * padded(op.start[p + 1] - op.start[p]);
      to[p] = next;
    });
    const offsets = next - before;
    next += offsets;
    layouts.set(op, { from, to, offsets, weights });
  }
  if (next >= 2 ** 31) throw new CheckFailure('too-large', 'The model is too large to be walked.');
  const memory = new WebAssembly.Memory({ initial: Math.ceil(next / 2 ** 16) });
  const multiply = multiplyIn(memory);
  const coefficients = new Float64Array(memory.buffer, 0, size * most);
  const numbers = new Float64Array(memory.buffer);
  const words = new Int32Array(memory.buffer);
  for (const [weights, at] of weightsAt) numbers.set(weights, at / 8);
  for (const [op, { from, to, offsets }] of layouts)
    from.forEach((at, p) => {
      for (let k = op.start[p], word = at / 4; word < to[p] / 4; k++, word++) {
        const real = Math.min(k, op.start[p + 1] - 1);
        words[word] = stride * (k === real ? op.column[k] : size);
        words[word + offsets / 4] = 8 * op.offset[real];
      }
    });

  const [begin, end] = [new Uint8Array(size), new Uint8Array(size)];
  function touch(element: number, from: number, to: number): void {
    if (end[element] === 0) {
      begin[element] = from;
      end[element] = to;
      return;
    }
    if (from < begin[element]) begin[element] = from;
    if (to > end[element]) end[element] = to;
  }

  function one(op: Affine, i: number, p: number): void {
    const at = op.first + i;
    for (let k = op.start[p]; k < op.start[p + 1]; k++) {
      const w = op.weights[op.base[i] + op.offset[k]];
      if (w === 0) continue;
      const j = op.column[k];
      touch(j, begin[at], end[at]);
      const [to, from] = [j * most, at * most];
      for (let r = begin[at]; r < end[at]; r++) coefficients[to + r] += w * coefficients[from + r];
    }
  }

  return {
    coefficients,
    begin,
    end,
    most,
    alphas: new Int16Array(most * graph.alphas),
    touch,
    clear(to) {
      coefficients.fill(0, 0, to * most);
      end.fill(0, 0, to);
    },
    accumulate(op) {
      const { start, column, members, groups, base, first } = op;
      const layout = layouts.get(op);
      for (let p = 0; p + 1 < groups.length; p++) {
        const called = layout !== undefined && layout.to[p] > layout.from[p];
        let [word, low, high] = [list / 4, most, 0];
        for (let m = groups[p]; m < groups[p + 1]; m++) {
          const i = members[m];
          const at = first + i;
          if (end[at] === 0) continue;
          if (!called) {
            one(op, i, p);
            continue;
          }
          if (begin[at] < low) low = begin[at];
          if (end[at] > high) high = end[at];
          words[word++] = layout.weights + 8 * base[i];
          words[word++] = at * stride;
        }
        if (high === 0) continue;
        for (let k = start[p]; k < start[p + 1]; k++) touch(column[k], low, high);
        multiply(
          list,
          4 * word,
          layout!.from[p],
          layout!.to[p],
          layout!.offsets,
          8 * (low & ~3),
          8 * padded(high),
        );
      }
    },
  };
}
