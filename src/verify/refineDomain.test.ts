import { describe, expect, it } from 'vitest';
import { constantBiases } from '../bounds/biases.ts';
import { boundMachine } from '../bounds/machine.ts';
import { rootBounds } from '../bounds/rootBounds.ts';
import { createRng } from '../data/rng.ts';
import { evaluateNetwork } from '../nn/evaluate.testing.ts';
import { branchAndBound } from './branchAndBound.ts';
import { branchRefiner, type BranchRefiner } from './branchRefiner.ts';
import { bestCandidates } from './branching/choose.ts';
import { branchingHeuristics } from './branching/table.ts';
import { startBudget } from './budget.ts';
import type { Domain, Split } from './domain.ts';
import { exactLeaf } from './exact/exactLeaf.ts';
import { milpBound } from './exact/milp.ts';
import { perceptron, pointsIn, randomNumbers } from './exact/randomNetwork.testing.ts';
import { mapInputs, prepareNetwork } from './prepare.ts';
import { boundsOnDomain, refineDomain, settledBy } from './refineDomain.ts';
import { domainEffort, rowSearch } from './rowSearch.ts';

const width = 6;
const ends = { lower: new Float64Array(2).fill(-1), upper: new Float64Array(2).fill(1) };

async function subject(seed: string) {
  const network = perceptron([2, width, width, width, 2]);
  const given = { network, numbers: randomNumbers(network, createRng(seed)) };
  const { bounded, inputMap } = prepareNetwork(given);
  const machine = boundMachine(bounded, { threads: 1 });
  const box = mapInputs(inputMap, ends);
  const root = await rootBounds(machine, box);
  return { given, bounded, machine, box, root, search: rowSearch(machine, box, root) };
}

/** Pre-activations by ReLU number, [points · n]. */
function activations({ given, bounded }: Awaited<ReturnType<typeof subject>>, points: Float64Array) {
  return bounded.sites.map(({ input }) => {
    const end = given.network.layers.findIndex(({ name }) => name === input) + 1;
    const network = { ...given.network, layers: given.network.layers.slice(0, end) };
    return evaluateNetwork(network, given.numbers, points, points.length / 2);
  });
}

describe('bounds computed again on a domain', () => {
  it('hold for every point that takes its sides, are tighter behind the splits, and stay before them', async () => {
    const made = await subject('domain');
    const { machine, box, root, search } = made;
    const count = 400;
    const values = activations(made, pointsIn(ends, count, createRng('points')));
    const unstable = [...search.sites[0].lower.keys()].filter(
      (i) => search.sites[0].lower[i] < 0 && search.sites[0].upper[i] > 0,
    );
    let tighter = 0;
    for (let pattern = 0; pattern < 4; pattern++) {
      const splits = unstable
        .slice(0, 2)
        .map((neuron, k): Split => ({ site: 0, neuron, point: 0, side: (pattern >> k) & 1 ? 1 : -1 }));
      const found = await refineDomain(machine, box, root, search.sites, { splits }, { alphaIterations: 5 });
      const inside = Array.from({ length: count }, (_, p) => p).filter((p) =>
        splits.every(({ neuron, side }) => side * values[0][p * width + search.sites[0].index[neuron]] >= 0),
      );
      if (found === 'empty') {
        expect(inside).toEqual([]);
        continue;
      }
      search.sites.forEach((site, relu) => {
        for (let i = 0; i < site.count; i++) {
          const { lower, upper } = found[relu];
          expect(lower[i]).toBeGreaterThanOrEqual(site.lower[i]);
          expect(upper[i]).toBeLessThanOrEqual(site.upper[i]);
          if (relu > 0 && upper[i] - lower[i] < site.upper[i] - site.lower[i] - 1e-3) tighter++;
          for (const p of inside) {
            const value = values[relu][p * width + site.index[i]];
            expect(value).toBeGreaterThanOrEqual(lower[i] - 1e-6);
            expect(value).toBeLessThanOrEqual(upper[i] + 1e-6);
          }
        }
      });
    }
    expect(tighter).toBeGreaterThan(3);
    const late: Split[] = [{ site: 1, neuron: 0, point: 0, side: 1 }];
    const names = machine.net.sites.map(({ name }) => name);
    expect([...settledBy(machine.net, search.sites, { splits: late })]).toEqual(names.slice(0, 2));
    expect(
      boundsOnDomain(root, search.sites, { splits: late })[names[1]].lower[search.sites[1].index[0]],
    ).toBe(Math.max(0, search.sites[1].lower[0]));
  });
});

describe('a search that refines', () => {
  it('decides on both sides of the exact minimum', async () => {
    const made = await subject('search');
    const { bounded, machine, box, root, search } = made;
    const row = { coefficients: Float64Array.of(1, -1), bound: 0 };
    const exact = await milpBound(bounded, box, {}, row);
    if (exact.kind !== 'optimal') throw new Error(exact.kind);
    const heuristic = branchingHeuristics.named('intercept');
    const biases = constantBiases(bounded, search.sites);
    for (const [offset, kind] of [
      [-1e-3, 'proved'],
      [1e-3, 'falsified'],
    ] as const) {
      const asked = { ...row, bound: exact.lower + offset };
      const [top] = await search.bound(
        [{ row: asked, splits: [] }],
        domainEffort,
        () => false,
        () => {},
      );
      const tryCandidate = async (point: Float32Array): Promise<boolean> => {
        const [a, b] = evaluateNetwork(made.given.network, made.given.numbers, point);
        return a - b <= asked.bound;
      };
      const leaves = exactLeaf(bounded, box, root, search.sites, { tryCandidate });
      const refined: number[] = [];
      const learnt: number[] = [];
      const refiner: BranchRefiner = {
        wanted: ({ splits, refinedSplits = 0 }) => splits.length - refinedSplits >= 2,
        refine(domain) {
          refined.push(domain.splits.length);
          return refineDomain(machine, box, root, search.sites, domain, { alphaIterations: 5 });
        },
        measuring: () => refined.length < 3,
        learn: (_, plain, tight) => void learnt.push(tight - plain),
      };
      const first: Domain = {
        row: 0,
        splits: [],
        lower: top.lower,
        alpha: top.alpha,
        beta: top.beta,
        candidates: bestCandidates(heuristic, search.sites, biases, {
          splits: [],
          seen: top.seen,
        }),
      };
      const { run } = branchAndBound(search, [[asked]], [first], biases, startBudget({ maxDomains: 4000 }), {
        heuristic,
        effort: domainEffort,
        batchRows: 8,
        tryCandidate,
        decideLeaf: leaves.decideLeaf,
        refiner,
      });
      expect((await run()).end.kind).toBe(kind);
      if (kind === 'proved') {
        expect(refined.length).toBeGreaterThan(0);
        for (const gain of learnt) expect(gain).toBeGreaterThan(-0.05);
      }
    }
  });

  it('tries late, and gives up where nothing is gained', async () => {
    const { machine, box, root, search } = await subject('policy');
    const options = { alphaIterations: 5 };
    const policy = branchRefiner(machine, box, root, search.sites, [-100], 20, options);
    const splits = [0, 1, 2, 3].map((neuron): Split => ({ site: 0, neuron, point: 0, side: 1 }));
    const deep = { row: 0, splits, lower: -99, alpha: [], beta: new Float32Array(4), candidates: [] };
    expect(policy.wanted(deep, 100)).toBe(false);
    expect(policy.wanted(deep, 5000)).toBe(true);
    expect(policy.wanted({ ...deep, refinedSplits: 4 }, 5000)).toBe(false);
    expect(policy.wanted({ ...deep, lower: -0.1 }, 5000)).toBe(false);
    for (let trial = 0; trial < 3; trial++) policy.learn(deep, -99, -99);
    expect(policy.wanted(deep, 5000)).toBe(false);
    expect(policy.wanted(deep, 9000)).toBe(true);
    for (let trial = 0; trial < 3; trial++) policy.learn(deep, -99, -98.5);
    expect(policy.measuring()).toBe(false);
    expect(policy.wanted(deep, 9000)).toBe(true);
  });
});
