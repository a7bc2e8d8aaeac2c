/** @file From a bounded domain to candidates for its next split. */
import type { CompactSite } from '../../bounds/compact.ts';
import type { HostInterval } from '../../bounds/hostBounds.ts';
import type { BranchingCandidate, DomainBounds, Split } from '../domain.ts';
import type { BranchingHeuristic, BranchingSite } from './heuristic.ts';

/** What a heuristic may look at. */
export interface BoundedDomain {
  readonly splits: readonly Split[];
  /** Bounds that hold on it, where tighter ones than the box's are known. */
  readonly bounds?: DomainBounds | undefined;
  /** By ReLU number, over compact neurons. */
  readonly coefficients: readonly Float32Array[];
}

/**
 * The best unstable neurons over all layers by each score, best first; ties go to the earlier layer and neuron.
 * @param biases constant term of each compact neuron (constantBiases), by ReLU number
 * @returns without repeats; none where every neuron is fixed
 */
export function bestCandidates(
  heuristic: BranchingHeuristic,
  sites: readonly CompactSite[],
  biases: readonly Float32Array[],
  domain: BoundedDomain,
): BranchingCandidate[] {
  const seen: BranchingSite[] = sites.map((site, relu) => ({
    ...withSplits(domain.bounds?.[relu] ?? site, relu, domain.splits),
    coefficients: domain.coefficients[relu],
    bias: biases[relu],
    count: site.count,
  }));
  const all = heuristic.scores.flatMap((score) => topNeurons(seen.map(score), heuristic.candidates));
  return all.filter((c, i) => all.findIndex((d) => d.relu === c.relu && d.neuron === c.neuron) === i);
}

/** Bounds with the splits clipped in. */
function withSplits(
  site: HostInterval,
  relu: number,
  splits: readonly Split[],
): { lower: Float32Array; upper: Float32Array } {
  const lower = site.lower.slice();
  const upper = site.upper.slice();
  for (const split of splits) {
    if (split.relu !== relu) continue;
    const at = split.neuron;
    if (split.side > 0) lower[at] = Math.max(0, lower[at]);
    else upper[at] = Math.min(0, upper[at]);
  }
  return { lower, upper };
}

/** The `count` largest finite scores. @param scores by ReLU number */
function topNeurons(scores: readonly Float64Array[], count: number): BranchingCandidate[] {
  const best: { score: number; candidate: BranchingCandidate }[] = [];
  scores.forEach((values, relu) =>
    values.forEach((score, neuron) => {
      if (score === -Infinity || (best.length === count && score <= best[best.length - 1].score)) return;
      let at = best.length;
      while (at > 0 && best[at - 1].score < score) at--;
      best.splice(at, 0, { score, candidate: { relu, neuron } });
      if (best.length > count) best.pop();
    }),
  );
  return best.map((b) => b.candidate);
}
