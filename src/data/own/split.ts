/** @file Splits data of one's own into a training and a test part. */
import { createRng } from '../rng.ts';
import type { OwnPart } from './form.ts';

/** The samples at these indices. */
export function partAt({ values, labels, name, labelName }: OwnPart, indices: readonly number[]): OwnPart {
  const size = labels.length === 0 ? 0 : values.length / labels.length;
  const length = indices.length * size;
  const out = values instanceof Uint8Array ? new Uint8Array(length) : new Float32Array(length);
  indices.forEach((from, i) => out.set(values.subarray(from * size, (from + 1) * size), i * size));
  return {
    values: out,
    labels: Int32Array.from(indices, (i) => labels[i]),
    name: (index) => name(indices[index]),
    labelName: (index) => labelName(indices[index]),
  };
}

/**
 * A share of every class, drawn by a seed, becomes the test part: at least one sample where a class has two. Both keep
 * the order of the files.
 */
export function splitByShare(all: OwnPart, share: number, seed: number): { train: OwnPart; test: OwnPart } {
  const byClass = new Map<number, number[]>();
  all.labels.forEach((label, i) => {
    const own = byClass.get(label);
    if (own) own.push(i);
    else byClass.set(label, [i]);
  });
  const rng = createRng(seed).fork('test part');
  const test = new Set<number>();
  for (const [label, own] of [...byClass].sort(([a], [b]) => a - b)) {
    const wanted = Math.round(share * own.length);
    const least = own.length > 1 ? 1 : 0;
    const most = share === 1 ? own.length : Math.max(own.length - 1, 0);
    const order = rng.fork(String(label)).permutation(own.length);
    for (const i of order.subarray(0, Math.min(most, Math.max(least, wanted)))) test.add(own[i]);
  }
  const indices = Array.from(all.labels, (_, i) => i);
  return {
    train: partAt(
      all,
      indices.filter((i) => !test.has(i)),
    ),
    test: partAt(
      all,
      indices.filter((i) => test.has(i)),
    ),
  };
}
