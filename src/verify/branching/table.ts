/** @file The branching heuristics. */
import { family, type Member } from '../../family/family.ts';
import { babsrScore } from './babsr.ts';
import type { BranchingHeuristic } from './heuristic.ts';
import { interceptScore } from './intercept.ts';

export const branchingHeuristics = family<BranchingHeuristic & Member>(
  { kind: 'branching heuristic', plural: 'branching heuristics', key: 'verify.branching' },
  [
    {
      name: 'babsr',
      title: 'BaBSR',
      sentence: 'The neuron whose split improves the bound most by an estimate (Bunel et al. 2020).',
      scores: [babsrScore],
      candidates: 1,
    },
    {
      name: 'intercept',
      title: 'intercept',
      sentence: 'The neuron whose relaxation adds most to the bound.',
      scores: [interceptScore],
      candidates: 1,
    },
    {
      name: 'fsb',
      title: 'filtered smart branching (fsb)',
      sentence: 'The best of both scores are bounded; the best pair of children wins (De Palma et al. 2021).',
      scores: [babsrScore, interceptScore],
      candidates: 1,
    },
    {
      name: 'kfsb',
      title: 'filtered smart branching (kfsb)',
      sentence: 'As fsb with three of each score (α,β-CROWN’s kfsb, reduce-op min).',
      scores: [babsrScore, interceptScore],
      candidates: 3,
    },
  ],
);
