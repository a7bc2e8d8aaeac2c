/** @file A·W for many rows: the only arithmetic that a certificate costs. */
import type { Affine } from '../graph/graph.ts';

/**
 * Coefficients of every element for a number of rows, rows innermost. Those of an element other than in the rows
 * `begin` … `end` − 1 are 0; an element with `end` 0 is not reached, and its coefficients are not yet anything.
 */
export class Rows {
  readonly coefficients: Float64Array;
  readonly begin: Uint8Array;
  readonly end: Uint8Array;
  readonly most: number;
  count: number;

  constructor(size: number, most: number) {
    this.coefficients = new Float64Array(size * most);
    this.begin = new Uint8Array(size);
    this.end = new Uint8Array(size);
    this.most = this.count = most;
  }

  /** For other rows, `most` at most. */
  clear(count: number): void {
    this.count = count;
    this.end.fill(0);
  }

  /** Lets an element have coefficients in the rows `begin` … `end` − 1 too. @returns where its coefficients begin */
  touch(element: number, begin: number, end: number): number {
    const first = element * this.count;
    if (this.end[element] === 0) {
      this.coefficients.fill(0, first, first + this.count);
      this.begin[element] = begin;
      this.end[element] = end;
    } else {
      if (begin < this.begin[element]) this.begin[element] = begin;
      if (end > this.end[element]) this.end[element] = end;
    }
    return first;
  }
}

/**
 * Adds the coefficients of an operation's results, times its terms, to those of its operands. Results that are not reached are
 * skipped; eight that read the same operands go at once.
 */
export function accumulate(op: Affine, space: Rows): void {
  const { end } = space;
  const { start, members, groups, first } = op;
  const block = new Int32Array(8);
  for (let p = 0; p + 1 < groups.length; p++) {
    let filled = 0;
    for (let m = groups[p]; m < groups[p + 1]; m++) {
      if (end[first + members[m]] > 0) block[filled++] = members[m];
      if (filled < 8) continue;
      eight(op, space, block, start[p], start[p + 1]);
      filled = 0;
    }
    for (let n = 0; n < filled; n++) one(op, space, block[n], start[p], start[p + 1]);
  }
}

function one(
  { column, offset, weights, base, first }: Affine,
  space: Rows,
  i: number,
  from: number,
  to: number,
): void {
  const { coefficients: a, count } = space;
  const begin = space.begin[first + i];
  const end = space.end[first + i];
  const at = (first + i) * count;
  const own = base[i];
  for (let k = from; k < to; k++) {
    const w = weights[own + offset[k]];
    if (w === 0) continue;
    const j = space.touch(column[k], begin, end);
    for (let r = begin; r < end; r++) a[j + r] += w * a[at + r];
  }
}

function eight(
  { column, offset, weights, base, first }: Affine,
  space: Rows,
  block: Int32Array,
  from: number,
  to: number,
): void {
  const { coefficients: a, count } = space;
  let [begin, end] = [255, 0];
  for (const i of block) {
    begin = Math.min(begin, space.begin[first + i]);
    end = Math.max(end, space.end[first + i]);
  }
  const [b0, b1, b2, b3, b4, b5, b6, b7] = Array.from(block, (i) => base[i]);
  const [i0, i1, i2, i3, i4, i5, i6, i7] = Array.from(block, (i) => (first + i) * count);
  for (let k = from; k < to; k++) {
    const o = offset[k];
    const w0 = weights[b0 + o];
    const w1 = weights[b1 + o];
    const w2 = weights[b2 + o];
    const w3 = weights[b3 + o];
    const w4 = weights[b4 + o];
    const w5 = weights[b5 + o];
    const w6 = weights[b6 + o];
    const w7 = weights[b7 + o];
    if (w0 === 0 && w1 === 0 && w2 === 0 && w3 === 0 && w4 === 0 && w5 === 0 && w6 === 0 && w7 === 0)
      continue;
    const j = space.touch(column[k], begin, end);
    for (let r = begin; r < end; r++) {
      const half = w0 * a[i0 + r] + w1 * a[i1 + r] + (w2 * a[i2 + r] + w3 * a[i3 + r]);
      a[j + r] += half + (w4 * a[i4 + r] + w5 * a[i5 + r] + (w6 * a[i6 + r] + w7 * a[i7 + r]));
    }
  }
}
