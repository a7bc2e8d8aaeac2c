import { describe, expect, it } from 'vitest';
import type { VerdictWord, VerifyRow } from '../run/records.ts';
import { findingsOf as findings } from './findings.ts';
import { pairedDifference } from './intervals.ts';
import { countVerdicts } from '../run/verdictCounts.ts';
import type { RunData, StateData } from './runData.ts';

/** One letter an image: v verified, f falsified by attack, u unknown, c misclassified. */
function stateOf(state: number, remainRatio: number, letters: string): StateData {
  const rows = [...letters].map((letter, index): VerifyRow => {
    const verdicts: Record<string, VerdictWord> = { v: 'verified', u: 'unknown' };
    return {
      index,
      label: 3,
      prediction: letter === 'c' ? 4 : 3,
      verdict: verdicts[letter] ?? 'falsified',
      by: letter === 'v' ? 'ibp' : letter === 'f' ? 'attack' : letter === 'c' ? 'clean' : '',
      why: letter === 'u' ? 'timeout' : '',
      seconds: 1,
      domains: 0,
      lowerBound: 0,
      witness: '',
    };
  });
  return {
    state,
    remainRatio,
    layers: [],
    epochs: [],
    verification: { rows, complete: true, counts: countVerdicts(rows), unstableRatioByLayer: {} },
  };
}

function runOf(...states: StateData[]): RunData {
  const environment = { seed: 1 } as RunData['environment'];
  return {
    name: 'r',
    directory: '/r',
    config: {},
    configText: '',
    environment,
    states,
    notes: [],
    notices: [],
  };
}

/** The findings with plain spaces, as one types them. */
function findingsOf(run: RunData): ReturnType<typeof findings> {
  const { headline, remarks, tickets } = findings(run);
  const plain = (text: string): string => text.replaceAll(/[\u202f\u00a0]/g, ' ');
  return { headline: plain(headline), remarks: remarks.map(plain), tickets };
}

describe('findingsOf', () => {
  it('tells a rise, a standstill, a fall and chance apart', () => {
    const headline = (dense: string, sparse: string): string =>
      findingsOf(runOf(stateOf(0, 1, dense), stateOf(1, 0.5, sparse))).headline;
    expect(headline('vvffffff', 'vvvvvvvv')).toBe(
      'Certified accuracy rises from 25.0 % (dense) to 100.0 % at 50 % remaining weights.',
    );
    expect(headline('vvff', 'ffvv')).toMatch(/stays at 50\.0/);
    expect(headline('vvvvvvff', 'ffffffff')).toMatch(/falls with pruning/);
    // Exact McNemar needs six images that all move one way.
    for (const sparse of ['vvvvvvvf', 'vfffffff'])
      expect(headline('vvffffff', sparse)).toMatch(/^Certified accuracy moves no more than chance would: 25/);
  });

  it('marks a certified ticket only where standard accuracy holds too', () => {
    const dense = stateOf(0, 1, 'vvffu');
    const run = runOf(dense, stateOf(1, 0.7, 'vvvcf'), stateOf(2, 0.49, 'vvvff'), stateOf(3, 0.3, 'vffff'));
    const { tickets } = findingsOf(run);
    expect(tickets.filter((ticket) => ticket.outright).map((ticket) => ticket.state)).toEqual([2]);
    expect(findingsOf(run).remarks.join(' ')).toContain('State 2 (49 %) is a certified ticket');
  });

  it('picks the sparsest among equals and speaks of open verdicts', () => {
    const found = findingsOf(runOf(stateOf(0, 1, 'vfu'), stateOf(1, 0.7, 'vvf'), stateOf(2, 0.5, 'fvv')));
    expect(found.headline).toMatch(/at 50 % remaining/);
    expect(found.remarks.join(' ')).toContain('1 verdict of 9');
  });

  it('has words for nothing verified and for the dense state alone', () => {
    expect(findingsOf(runOf()).headline).toBe('No state has been verified yet.');
    expect(findingsOf(runOf(stateOf(0, 1, 'vvvf'))).headline).toContain('75.0 % of 4 images');
  });
});

describe('pairedDifference', () => {
  it('counts gains and losses on shared images only', () => {
    const from = stateOf(0, 1, 'vvff').verification!;
    const to = stateOf(1, 0.5, 'fvvvv').verification!;
    expect(pairedDifference(from, to)).toEqual({ gained: 2, lost: 1, images: 4, p: 1 });
  });
});
