/** @file From a bounded domain to candidates for its next split. */
import type { CompactSite } from '../../bounds/compact.ts';
import type { HostInterval } from '../../bounds/hostBounds.ts';
import { clipTo, type BranchingCandidate, type DomainBounds, type Split } from '../domain.ts';
import { scoreWith, type BranchingHeuristic, type BranchingScore, type BranchingSite } from './heuristic.ts';

/** What a heuristic may look at. */
export interface BoundedDomain {
  readonly splits: readonly Split[];
  /** Bounds that hold on it, where tighter ones than the box's are known. */
  readonly bounds?: DomainBounds | undefined;
  /** By site number, over compact neurons; see RowOutcome. */
  readonly seen: readonly Float32Array[];
}

/**
 * The best neurons over all layers by each score, best first; ties go to the earlier layer and neuron.
 * @param biases constant term of each compact neuron (constantBiases), by site number
 * @returns without repeats; none where every neuron is fixed
 */
export function bestCandidates(
  heuristic: BranchingHeuristic,
  sites: readonly CompactSite[],
  biases: readonly Float32Array[],
  domain: BoundedDomain,
): BranchingCandidate[] {
  const seen: BranchingSite[] = sites.map(({ member, count }, site) => ({
    ...withSplits(domain.bounds?.[site] ?? sites[site], site, domain.splits),
    member,
    seen: domain.seen[site],
    bias: biases[site],
    count,
  }));
  const all = heuristic.scores.flatMap((score) => topNeurons(seen, score, heuristic.candidates));
  return all.filter((c, i) => all.findIndex((d) => d.site === c.site && d.neuron === c.neuron) === i);
}

/** Bounds with the splits clipped in. */
function withSplits(bounds: HostInterval, site: number, splits: readonly Split[]): HostInterval {
  const clipped = { lower: bounds.lower.slice(), upper: bounds.upper.slice() };
  for (const split of splits) if (split.site === site) clipTo(clipped, split.neuron, split);
  return clipped;
}

/** The `count` neurons of the largest scores that can be split. */
function topNeurons(
  sites: readonly BranchingSite[],
  score: BranchingScore,
  count: number,
): BranchingCandidate[] {
  const best: { score: number; candidate: BranchingCandidate }[] = [];
  sites.forEach((seen, site) => {
    const { member, lower, upper } = seen;
    const value = scoreWith(score, seen);
    for (let neuron = 0; neuron < seen.count; neuron++) {
      const own = value(neuron);
      if (best.length === count && own <= best[best.length - 1].score) continue;
      const point = member.splitPoint(lower[neuron], upper[neuron]);
      if (point === undefined) continue;
      let at = best.length;
      while (at > 0 && best[at - 1].score < own) at--;
      best.splice(at, 0, { score: own, candidate: { site, neuron, point } });
      if (best.length > count) best.pop();
    }
  });
  return best.map((b) => b.candidate);
}
