/** @file Refining a root box's intermediate bounds layer by layer, by integer and linear programs (bab-refine). */
import type { Box } from '../../bounds/box.ts';
import { sitesBefore, type BoundNetwork, type Site } from '../../bounds/boundNetwork.ts';
import { meet, unstableNeurons, type HostBounds, type HostInterval } from '../../bounds/hostBounds.ts';
import { memberOf } from '../../bounds/nonlinear/table.ts';
import { parameterSpecs } from '../../nn/parameters.ts';
import type { Budget } from '../budget.ts';
import { refineShare, refineThreads, type RefinedShare, type RefineShare } from './refineShare.ts';
import { steadyClock } from '../steadyClock.ts';

export interface RefineRootOptions {
  /** Share of the remaining time; α,β-CROWN's `refine_neuron_time_percentage`. */
  readonly timeShare: number;
  /** Limit of each program; α,β-CROWN's `refine_neuron_timeout`. */
  readonly secondsPerBound: number;
  /** Unstable neurons before a layer up to which its bounds are integer programs; linear ones behind more. Default 50. */
  readonly mostBinaries?: number;
  /** Threads; from 2 on, neurons are shared between workers. */
  readonly workers: number;
  /** Carries bounds that have become tighter on to later layers, by CROWN. */
  readonly propagate: (known: HostBounds) => Promise<HostBounds>;
  readonly onProgress?: (layer: string, done: number, of: number) => void;
}

/** What refining came to. */
export type RefinedRoot =
  /** `neurons`: how many were looked at. */
  | { readonly kind: 'refined'; readonly root: HostBounds; readonly neurons: number }
  /** `why`: in words, for a network on which programs would take too long or cannot be written. */
  | { readonly kind: 'left'; readonly why: string };

const defaultMostBinaries = 50;
/** Nodes of each integer program: what they reach is sound, and a bound needs no proof of being the best. */
const nodesPerBound = 50;
/** Unstable neurons and weights up to which a network counts as small. */
const mostUnstable = 1500;
const mostWeights = 1_000_000;
/** How many times its part of the time one program may take: most take less. */
const overdraft = 4;
/** Neurons of a layer from which workers are started. */
const leastShared = 16;

/** Sites whose bounds programs can refine: of two affine pieces. */
const kinked = (net: BoundNetwork): Site[] =>
  net.sites.filter(({ layer }) => memberOf(layer).exact && memberOf(layer).elementwise);

/** Why a network is too large for refining, if it is. */
export function tooLargeToRefine(net: BoundNetwork, root: HostBounds): string | undefined {
  const unstable = kinked(net).reduce((sum, { name }) => sum + unstableNeurons(root[name]).length, 0);
  if (unstable > mostUnstable) return `${unstable} unstable neurons, refining takes ${mostUnstable} at most`;
  const weights = parameterSpecs(net.network).reduce((sum, { key }) => sum + net.values[key].length, 0);
  return weights > mostWeights ? `${weights} weights, refining takes ${mostWeights} at most` : undefined;
}

/** Unstable neurons, those first whose relaxation is the loosest: by the area of the triangle, u·|l|. */
function byLooseness({ lower, upper }: HostInterval): number[] {
  const area = (n: number): number => -lower[n] * upper[n];
  return unstableNeurons({ lower, upper }).sort((a, b) => area(b) - area(a) || a - b);
}

/**
 * Bounds of integer programs rest on HiGHS' tolerances (see `milpTolerance`), those of linear ones do not.
 * @param root sound bounds of all sites
 * @throws BudgetExceeded when all time is over; its own share ends quietly
 */
export async function refineRoot(
  net: BoundNetwork,
  box: Box,
  root: HostBounds,
  budget: Budget,
  options: RefineRootOptions,
): Promise<RefinedRoot> {
  const why = tooLargeToRefine(net, root);
  if (why) return { kind: 'left', why };
  const { workers, timeShare, propagate, onProgress } = options;
  const seconds = timeShare * budget.remainingSeconds();
  const until = steadyClock() + 1000 * seconds;
  const { network, values: numbers } = net;
  const threads = refineThreads.open({ network, numbers, box }, { size: workers });
  let current = root;
  let neurons = 0;
  try {
    const sites = kinked(net).filter(({ first }) => !first);
    for (const site of sites) {
      budget.check();
      const open = byLooseness(current[site.name]);
      if (open.length === 0) continue;
      if (steadyClock() >= until) break;
      const shares = sharesOf(net, current, site, open, options, until);
      const solve = (share: RefineShare): Promise<RefinedShare> =>
        workers < 2 || open.length < leastShared
          ? refineShare(net, box, share, budget.check)
          : threads.run('refine', share);
      let done = 0;
      onProgress?.(site.name, done, open.length);
      const found = await Promise.all(
        shares.map(async (share) => {
          const bounds = await solve(share);
          budget.check();
          onProgress?.(site.name, (done += share.neurons.length), open.length);
          return bounds;
        }),
      );
      if (found.includes(undefined)) {
        if (neurons > 0) break;
        return { kind: 'left', why: `a layer before ${site.name} has no exact encoding` };
      }
      neurons += open.length;
      current = joined(current, site, shares, found as HostInterval[]);
      if (site !== sites.at(-1)) current = await propagate(current);
    }
  } finally {
    threads.end(new Error('the refinement is over'));
  }
  return { kind: 'refined', root: current, neurons };
}

/** Neurons in turn, so that every share has loose ones; more shares than threads, since they differ in length. */
function sharesOf(
  net: BoundNetwork,
  root: HostBounds,
  site: Site,
  open: readonly number[],
  { workers, secondsPerBound, mostBinaries = defaultMostBinaries }: RefineRootOptions,
  until: number,
): RefineShare[] {
  const before = sitesBefore(net, site.input);
  const binaries = before.reduce((sum, { name }) => sum + unstableNeurons(root[name]).length, 0);
  const known = Object.fromEntries([...before, site].map(({ name }) => [name, root[name]]));
  const left = (until - steadyClock()) / 1000;
  const fair = (overdraft * left * workers) / (2 * open.length);
  const count = workers < 2 || open.length < leastShared ? 1 : Math.min(4 * workers, open.length);
  return Array.from({ length: count }, (_, k) => ({
    secondsPerBound: Math.min(secondsPerBound, fair),
    until,
    relu: site.name,
    neurons: open.filter((__, i) => i % count === k),
    root: known,
    method: binaries <= mostBinaries ? 'mip' : 'lp',
    nodesPerBound,
  }));
}

function joined(
  root: HostBounds,
  site: Site,
  shares: readonly RefineShare[],
  found: readonly HostInterval[],
): HostBounds {
  const bounds = { lower: root[site.name].lower.slice(), upper: root[site.name].upper.slice() };
  shares.forEach(({ neurons }, s) =>
    neurons.forEach((n, i) => {
      // Bounds that cross are those of a neuron that hardly moves, apart by less than the tolerance.
      if (found[s].lower[i] <= found[s].upper[i]) meet(bounds, n, found[s].lower[i], found[s].upper[i]);
    }),
  );
  return { ...root, [site.name]: bounds };
}
