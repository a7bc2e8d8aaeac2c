/** @file From a bounded domain to candidates for its next split. */
import type { CompactSite } from '../../bounds/compact.ts';
import type { BranchingCandidate, Split } from '../domain.ts';
import type { BranchingHeuristic } from './heuristic.ts';

/** What a heuristic may look at. */
export interface BoundedDomain {
  readonly splits: readonly Split[];
  /** By ReLU number, over compact neurons. */
  readonly coefficients: readonly Float32Array[];
}

/**
 * The best unstable neurons over all layers, best first; ties go to the earlier layer and neuron.
 * @param biases bias of the affine layer before each compact neuron, by ReLU number
 * @returns at most `count`; none where every neuron is fixed
 */
export function bestCandidates(
  heuristic: BranchingHeuristic,
  sites: readonly CompactSite[],
  biases: readonly Float32Array[],
  domain: BoundedDomain,
  count: number,
): BranchingCandidate[] {
  const best: { score: number; candidate: BranchingCandidate }[] = [];
  sites.forEach((site, relu) => {
    const lower = site.lower.slice();
    const upper = site.upper.slice();
    for (const split of domain.splits) {
      if (split.relu !== relu) continue;
      if (split.side > 0) lower[split.neuron] = 0;
      else upper[split.neuron] = 0;
    }
    const scores = heuristic.score({
      coefficients: domain.coefficients[relu]!,
      lower,
      upper,
      bias: biases[relu]!,
      count: site.count,
    });
    for (let neuron = 0; neuron < site.count; neuron++) {
      const score = scores[neuron]!;
      if (score === -Infinity) continue;
      if (best.length === count && score <= best[best.length - 1]!.score) continue;
      let at = best.length;
      while (at > 0 && best[at - 1]!.score < score) at--;
      best.splice(at, 0, { score, candidate: { relu, neuron } });
      if (best.length > count) best.pop();
    }
  });
  return best.map((b) => b.candidate);
}
