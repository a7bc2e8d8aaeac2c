/** @file Intermediate bounds of one domain of the search: tighter than the box's, since its splits hold. */
import type { Box } from '../bounds/box.ts';
import { sitesBefore, type BoundNetwork } from '../bounds/boundNetwork.ts';
import type { CompactSite } from '../bounds/compact.ts';
import type { HostBounds, HostInterval } from '../bounds/hostBounds.ts';
import type { BoundMachine } from '../bounds/machine.ts';
import { rootBounds, type RootBoundsOptions } from '../bounds/rootBounds.ts';
import { clipTo, type Domain, type DomainBounds } from './domain.ts';

/** The box's bounds with what a domain knows better, and with the sides that its splits keep. */
export function boundsOnDomain(
  root: HostBounds,
  sites: readonly CompactSite[],
  { splits, bounds }: Pick<Domain, 'splits' | 'bounds'>,
): HostBounds {
  const met: Record<string, HostInterval> = Object.fromEntries(
    Object.entries(root).map(([name, { lower, upper }]) => [
      name,
      { lower: lower.slice(), upper: upper.slice() },
    ]),
  );
  bounds?.forEach((own, site) => {
    const { name, index, count } = sites[site];
    for (let i = 0; i < count; i++) {
      met[name].lower[index[i]] = own.lower[i];
      met[name].upper[index[i]] = own.upper[i];
    }
  });
  for (const split of splits) {
    const { name, index } = sites[split.site];
    clipTo(met[name], index[split.neuron], split);
  }
  return met;
}

/**
 * Sites that splits not yet accounted for can do something for: those behind the first of them.
 * @returns names of the others
 */
export function settledBy(
  net: BoundNetwork,
  sites: readonly CompactSite[],
  { splits, refinedSplits = 0 }: Pick<Domain, 'splits' | 'refinedSplits'>,
): Set<string> {
  const split = new Set(splits.slice(refinedSplits).map(({ site }) => sites[site].name));
  const untouched = net.sites.filter(({ input }) =>
    sitesBefore(net, input).every(({ name }) => !split.has(name)),
  );
  return new Set(untouched.map(({ name }) => name));
}

/**
 * Bounds every neuron again under a domain's splits: each known bound holds on the domain, so what is derived from
 * them does.
 * @returns `empty` where a lower bound exceeds an upper one: no input of the box takes these sides
 */
export async function refineDomain(
  machine: BoundMachine,
  box: Box,
  root: HostBounds,
  sites: readonly CompactSite[],
  domain: Pick<Domain, 'splits' | 'bounds' | 'refinedSplits'>,
  options: RootBoundsOptions,
): Promise<DomainBounds | 'empty'> {
  const known = boundsOnDomain(root, sites, domain);
  const settled = settledBy(machine.net, sites, domain);
  const found = await rootBounds(machine, box, { ...options, known, settled });
  for (const { lower, upper } of Object.values(found))
    if (lower.some((low, i) => low > upper[i])) return 'empty';
  return sites.map(({ name, index, count, lower, upper }) => {
    const gather = (from: Float32Array, padding: Float32Array): Float32Array =>
      padding.map((p, i) => (i < count ? from[index[i]] : p));
    return { lower: gather(found[name].lower, lower), upper: gather(found[name].upper, upper) };
  });
}
