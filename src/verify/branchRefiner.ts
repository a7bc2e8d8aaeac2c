/** @file When intermediate bounds are computed again along the branch: where what is measured says that it pays. */
import { layerMacs } from '../nn/macs.ts';
import type { Box } from '../bounds/box.ts';
import { sitesBefore, type BoundNetwork } from '../bounds/boundNetwork.ts';
import type { CompactSite } from '../bounds/compact.ts';
import type { HostBounds } from '../bounds/hostBounds.ts';
import type { BoundMachine } from '../bounds/machine.ts';
import type { RootBoundsOptions } from '../bounds/rootBounds.ts';
import { sizeOf } from '../tensor/index.ts';
import type { Domain, DomainBounds } from './domain.ts';
import { refineDomain, settledBy } from './refineDomain.ts';

export const refineBranchChoices = ['never', 'auto'] as const;
export type RefineBranch = (typeof refineBranchChoices)[number];

/** Decides by counts and bounds alone, so that a search under a budget of domains repeats. */
export interface BranchRefiner {
  /** @param searched domains bounded so far */
  readonly wanted: (domain: Domain, searched: number) => boolean;
  readonly refine: (domain: Domain) => Promise<DomainBounds | 'empty'>;
  /** Whether the gain is still to be learnt. */
  readonly measuring: () => boolean;
  /** @param plain bound of the domain without what refining found @param tight with it */
  readonly learn: (domain: Domain, plain: number, tight: number) => void;
}

/** Searches that end before pay for no trial. */
const domainsBeforeTrial = 2048;
/** Domains tried at a time; where they gain too little, the next trial waits until the search is four times as long. */
const trials = 3;
const trialFactor = 4;
/** Levels of splits that refining must gain. */
const leastLevels = 0.2;
/** Splits before a layer, not yet accounted for, that make it worth a look. */
const leastSplits = 3;
/** A saving must be so many times the cost: both are estimates. */
const safety = 2;

/** Multiplications of a backward walk from each layer's input, for one row. */
function walkWork(net: BoundNetwork): (layer: string) => number {
  const own = (name: string): number => {
    const layer = net.network.layers.find((l) => l.name === name);
    if (!layer) return 0;
    const size = sizeOf(net.shapes.get(name)!);
    const before = layer.inputs.reduce((sum, input) => sum + work(input), 0);
    return before + Math.max(size, layerMacs(layer, net.shapes));
  };
  const known = new Map<string, number>();
  const work = (name: string): number => {
    if (!known.has(name)) known.set(name, own(name));
    return known.get(name)!;
  };
  return work;
}

/**
 * A subtree whose bound is b below 0 and rises by s a level has about 2^(−b/s) leaves. Bounds that gain r levels at its
 * root leave 2^(−b/s − r) of them, and cost c: r is measured on trials, s is what the splits so far have brought, c is
 * the work of the rows that are bounded again, in units of a domain's.
 * @param rootLower bound of each row on the whole box
 * @param iterations of a domain
 */
export function branchRefiner(
  machine: BoundMachine,
  box: Box,
  root: HostBounds,
  sites: readonly CompactSite[],
  rootLower: readonly number[],
  iterations: number,
  options: RootBoundsOptions & { readonly alphaIterations: number },
): BranchRefiner {
  const { net } = machine;
  const work = walkWork(net);
  const siteOf = new Map(net.sites.map((site) => [site.name, site]));
  let levels: number | undefined;
  let measured: number[] = [];
  let nextTrial = domainsBeforeTrial;

  /** In domains. */
  const costOf = (domain: Domain): number => {
    const settled = settledBy(net, sites, domain);
    return sites.reduce((sum, { name, member, count, lower, upper }, number) => {
      if (settled.has(name)) return sum;
      const bounds = domain.bounds?.[number] ?? { lower, upper };
      let open = 0;
      for (let i = 0; i < count; i++)
        if (member.splitPoint(bounds.lower[i], bounds.upper[i]) !== undefined) open++;
      const share = work(siteOf.get(name)!.input) / work(net.output);
      return sum + (2 * open * share * options.alphaIterations) / Math.max(1, iterations);
    }, 0);
  };

  const behind = new Map(
    net.sites.map(({ name }) => [
      name,
      net.sites.some(({ input }) => sitesBefore(net, input).some((before) => before.name === name)),
    ]),
  );

  /** What a level of splits has raised the bound by, on the way to the domain. */
  const riseOf = ({ lower, row, splits }: Domain): number => (lower - rootLower[row]) / splits.length;

  return {
    wanted(domain, searched) {
      if (levels === undefined && searched < nextTrial) return false;
      const { splits, refinedSplits = 0, lower } = domain;
      const fresh = splits.slice(refinedSplits).filter(({ site }) => behind.get(sites[site].name)).length;
      if (fresh < leastSplits) return false;
      const rise = riseOf(domain);
      if (!(rise > 0)) return false;
      const leaves = 2 ** Math.min(60, -lower / rise);
      const gained = 1 - 2 ** -(levels ?? 1);
      return 2 * leaves * gained > safety * costOf(domain);
    },
    refine: (domain) => refineDomain(machine, box, root, sites, domain, options),
    measuring: () => levels === undefined,
    learn(domain, plain, tight) {
      measured.push((tight - plain) / riseOf(domain));
      if (measured.length < trials) return;
      const mean = measured.reduce((a, b) => a + b, 0) / measured.length;
      measured = [];
      if (mean >= leastLevels) levels = mean;
      else nextTrial *= trialFactor;
    },
  };
}
