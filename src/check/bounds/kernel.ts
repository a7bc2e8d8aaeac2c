/** @file A·W for many rows: the only arithmetic that a certificate costs. */
import type { Affine } from '../graph/graph.ts';

/** Coefficients of every element for R rows, rows innermost; those of an element that is not live are not yet anything. */
export class Rows {
  readonly coefficients: Float64Array;
  readonly live: Uint8Array;
  readonly count: number;
  constructor(size: number, count: number) {
    this.coefficients = new Float64Array(size * count);
    this.live = new Uint8Array(size);
    this.count = count;
  }

  /** Makes an element live; returns where its coefficients begin. */
  touch(element: number): number {
    const first = element * this.count;
    if (this.live[element] === 0) {
      this.live[element] = 1;
      this.coefficients.fill(0, first, first + this.count);
    }
    return first;
  }
}

/** Adds the coefficients of an operation's live results, times its terms, to those of its operands. Eight results that read the same operands go at once. */
export function accumulate(op: Affine, space: Rows): void {
  const { coefficients: a, live, count } = space;
  const { start, column, offset, weights, base, members, groups, first } = op;
  const block = new Int32Array(8);
  for (let p = 0; p + 1 < groups.length; p++) {
    let filled = 0;
    for (let m = groups[p]; m < groups[p + 1]; m++) {
      if (live[first + members[m]] === 1) block[filled++] = members[m];
      const last = m + 1 === groups[p + 1];
      if (filled < 8 && !last) continue;
      if (filled === 8) accumulate8(op, space, block, start[p], start[p + 1]);
      else
        for (let n = 0; n < filled; n++) {
          const from = (first + block[n]) * count;
          const own = base[block[n]];
          for (let k = start[p]; k < start[p + 1]; k++) {
            const w = weights[own + offset[k]];
            if (w === 0) continue;
            const to = space.touch(column[k]);
            for (let r = 0; r < count; r++) a[to + r] += w * a[from + r];
          }
        }
      filled = 0;
    }
  }
}

function accumulate8(
  { column, offset, weights, base, first }: Affine,
  space: Rows,
  block: Int32Array,
  begin: number,
  end: number,
): void {
  const { coefficients: a, live, count } = space;
  const [b0, b1, b2, b3, b4, b5, b6, b7] = Array.from(block, (i) => base[i]);
  const [i0, i1, i2, i3, i4, i5, i6, i7] = Array.from(block, (i) => (first + i) * count);
  for (let k = begin; k < end; k++) {
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
    const j = column[k];
    const to = j * count;
    if (live[j] === 0) space.touch(j);
    for (let r = 0; r < count; r++)
      a[to + r] +=
        w0 * a[i0 + r] +
        w1 * a[i1 + r] +
        w2 * a[i2 + r] +
        w3 * a[i3 + r] +
        (w4 * a[i4 + r] + w5 * a[i5 + r] + w6 * a[i6 + r] + w7 * a[i7 + r]);
  }
}
