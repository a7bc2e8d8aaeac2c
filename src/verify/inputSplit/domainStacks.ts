/** @file Open sub-boxes in stacks by the size of program they need. */
import { boxDomainBytes, type BoxDomain } from './boxDomain.ts';

export interface DomainStacks {
  readonly size: () => number;
  readonly bytes: () => number;
  /** Least margin of all; Infinity where none is open. */
  readonly least: () => number;
  readonly push: (domain: BoxDomain) => void;
  /**
   * Domains whose halves fill a batch, or all there are: from the smallest programs that fill half of one, last come
   * first served, so that the stacks stay short. At least one must be open.
   * @param batch boxes bounded in one run
   */
  readonly take: (batch: number) => BoxDomain[];
}

/** @param bucketOf size of program for a domain's open neurons */
export function domainStacks(bucketOf: (open: number) => number): DomainStacks {
  const stacks = new Map<number, BoxDomain[]>();
  let size = 0;
  let bytes = 0;
  return {
    size: () => size,
    bytes: () => bytes,
    least() {
      let least = Infinity;
      for (const stack of stacks.values()) for (const d of stack) least = Math.min(least, d.margin);
      return least;
    },
    push(domain) {
      const bucket = bucketOf(domain.open);
      const stack = stacks.get(bucket) ?? [];
      stacks.set(bucket, stack);
      stack.push(domain);
      size++;
      bytes += boxDomainBytes(domain);
    },
    take(batch) {
      const filled = [...stacks].filter(([, stack]) => stack.length > 0).sort(([a], [b]) => a - b);
      const [largest] = filled.find(([, stack]) => 2 * stack.length >= batch) ?? filled.at(-1)!;
      const taken: BoxDomain[] = [];
      for (const [bucket, stack] of filled.reverse())
        while (bucket <= largest && 2 * taken.length < batch && stack.length > 0) taken.push(stack.pop()!);
      size -= taken.length;
      for (const domain of taken) bytes -= boxDomainBytes(domain);
      return taken;
    },
  };
}
