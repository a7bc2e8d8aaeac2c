/** @file Domains of branch and bound, stored compactly, in a queue by bound. */
import type { HostInterval } from '../bounds/hostBounds.ts';

/** A candidate for the next split: compact position `neuron` of site number `site` (compactSites), split at `point`. */
export interface BranchingCandidate {
  readonly site: number;
  readonly neuron: number;
  /** An f32 number. */
  readonly point: number;
}

/** A split neuron, kept on side +1 (z ≥ point) or −1 (z ≤ point). */
export interface Split extends BranchingCandidate {
  readonly side: 1 | -1;
}

/** Bounds of the compact neurons on a domain, by site number; subtrees share one object. */
export type DomainBounds = readonly HostInterval[];

/** Clips a neuron's bounds in place to the side that a split keeps. @param at its position in them */
export function clipTo({ lower, upper }: HostInterval, at: number, { point, side }: Split): void {
  if (side > 0) lower[at] = Math.max(lower[at], point);
  else upper[at] = Math.min(upper[at], point);
}

/** One open subproblem: a conjunction row, the splits made, and warm starts. */
export interface Domain {
  /** Which output row is bounded. */
  readonly row: number;
  readonly splits: readonly Split[];
  /** Bounds of neurons, where they were computed again for this domain or one above it; absent: the box's. */
  readonly bounds?: DomainBounds | undefined;
  /** How many of the splits `bounds` already know of; default none. */
  readonly refinedSplits?: number | undefined;
  /** Lower bound of the row on the domain, rounding taken off. */
  readonly lower: number;
  /** Best α by site number, in units of 1/255: any α in [0,1] is sound. */
  readonly alpha: readonly Uint8Array[];
  /** β of each split, in the order of `splits`. */
  readonly beta: Float32Array;
  /** Next splits, best first; empty where every neuron is fixed. */
  readonly candidates: readonly BranchingCandidate[];
}

/** Domains that share one object of bounds, at a guess: a subtree four splits deep. */
const sharingDomains = 16;

/** Bytes a stored domain takes, roughly. */
export const domainBytes = (d: Domain): number =>
  200 +
  40 * d.splits.length +
  d.alpha.reduce((n, a) => n + a.length + 96, 0) +
  48 * d.candidates.length +
  (d.bounds?.reduce((n, { lower }) => n + 8 * lower.length + 200, 0) ?? 0) / sharingDomains;

/** Open domains, least bound first. */
export interface DomainQueue {
  readonly size: () => number;
  readonly bytes: () => number;
  readonly push: (domain: Domain) => void;
  readonly pop: () => Domain | undefined;
  readonly least: () => number;
}

/** A binary heap by `lower`; ties keep the order of arrival, so that runs repeat. */
export function domainQueue(): DomainQueue {
  const heap: { domain: Domain; order: number }[] = [];
  let order = 0;
  let bytes = 0;
  const before = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]];
    return a.domain.lower < b.domain.lower || (a.domain.lower === b.domain.lower && a.order < b.order);
  };
  const swap = (i: number, j: number): void => {
    [heap[i], heap[j]] = [heap[j], heap[i]];
  };
  const siftDown = (): void => {
    for (let i = 0; ;) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < heap.length && before(left, least)) least = left;
      if (right < heap.length && before(right, least)) least = right;
      if (least === i) return;
      swap(i, least);
      i = least;
    }
  };
  return {
    size: () => heap.length,
    bytes: () => bytes,
    least: () => heap[0]?.domain.lower ?? Infinity,
    push(domain) {
      bytes += domainBytes(domain);
      heap.push({ domain, order: order++ });
      for (let i = heap.length - 1; i > 0;) {
        const parent = (i - 1) >> 1;
        if (!before(i, parent)) break;
        swap(i, parent);
        i = parent;
      }
    },
    pop() {
      const top = heap[0];
      if (!top) return undefined;
      const last = heap.pop()!;
      if (heap.length > 0) {
        heap[0] = last;
        siftDown();
      }
      bytes -= domainBytes(top.domain);
      return top.domain;
    },
  };
}
