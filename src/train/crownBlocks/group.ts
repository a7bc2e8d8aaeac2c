/** @file The images that CROWN in blocks works on at a time, and what is known of them. */
import type { Parameters } from '../../nn/network.ts';
import type { Values } from './blockMachine.ts';
import type { Stage } from './stages.ts';

/** A batch and the numbers of the folded network. */
export interface CrownSite {
  /** See boundNumbers.ts. */
  readonly numbers: Parameters<Values>;
  /** Raw pixels [B,C,H,W]. */
  readonly x: Values;
  /** [B] */
  readonly y: Int32Array;
  readonly epsilon: number;
}

export interface Bounds {
  readonly lower: Values;
  readonly upper: Values;
}

/** 1 where CROWN's bound is the tighter one. */
export interface Won {
  readonly lower: Uint8Array;
  readonly upper: Uint8Array;
}

/** Neurons of one image that CROWN bounds, rising. */
export interface Walked {
  readonly image: number;
  readonly neurons: Int32Array;
}

/** Consecutive images of a batch; maps go by the source of a stage. */
export interface Group {
  readonly site: CrownSite;
  readonly images: number;
  readonly x: Values;
  readonly y: Int32Array;
  readonly known: Map<string, Bounds>;
  readonly walked: Map<string, readonly Walked[]>;
  readonly won: Map<string, Won>;
  /** Derivatives of the loss in the known bounds. */
  readonly cotangents: Map<string, Bounds>;
}

/** The `index`-th so many images of a batch. */
export function groupOf(site: CrownSite, index: number, images: number): Group {
  const size = site.x.length / site.y.length;
  const [from, to] = [index * images, (index + 1) * images];
  return {
    site,
    images,
    x: site.x.subarray(from * size, to * size),
    y: site.y.subarray(from, to),
    known: new Map(),
    walked: new Map(),
    won: new Map(),
    cotangents: new Map(),
  };
}

/** One image's share, in the same memory. */
export function ofImage<T extends { readonly lower: Values; readonly upper: Values }>(
  { lower, upper }: T,
  image: number,
  images: number,
): Bounds {
  const size = lower.length / images;
  const [from, to] = [image * size, (image + 1) * size];
  return { lower: lower.subarray(from, to), upper: upper.subarray(from, to) };
}

export function addTo(total: Values, part: Values): void {
  for (let i = 0; i < total.length; i++) total[i] += part[i];
}

export function addBounds(total: Bounds, part: Bounds): void {
  addTo(total.lower, part.lower);
  addTo(total.upper, part.upper);
}

/** The neurons of one image that a stage walks, rising. */
export function openNeurons({ onlyUnstable, size }: Stage, { lower, upper }: Bounds): Int32Array {
  const found: number[] = [];
  for (let i = 0; i < size; i++) if (!onlyUnstable || (lower[i] < 0 && upper[i] > 0)) found.push(i);
  return Int32Array.from(found);
}

export interface Block {
  /** Place of the first in the list. */
  readonly from: number;
  /** Neurons that are no padding. */
  readonly filled: number;
  /** As long as one of the sizes; padded with the list's first. */
  readonly neurons: Int32Array;
}

/** Divides a list of neurons into blocks: the largest sizes that are filled, and one that the rest fits in. */
export function blocksOf(neurons: Int32Array, sizes: readonly number[]): Block[] {
  const blocks: Block[] = [];
  const add = (size: number): void => {
    const from = blocks.reduce((sum, { filled }) => sum + filled, 0);
    const padded = new Int32Array(size).fill(neurons[0]);
    const part = neurons.subarray(from, from + size);
    padded.set(part);
    blocks.push({ from, filled: part.length, neurons: padded });
  };
  let rest = neurons.length;
  for (const size of sizes) for (; rest >= size; rest -= size) add(size);
  if (rest > 0) add(sizes.at(-1)!);
  return blocks;
}
