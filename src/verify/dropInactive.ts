/** @file Neurons that are inactive on a whole box, removed from the network that the box is searched with. */
import { boundNetwork, withNorm, type BoundNetwork, type Site } from '../bounds/boundNetwork.ts';
import type { HostBounds, HostInterval } from '../bounds/hostBounds.ts';
import { denseWeight } from '../nn/channelSpaces.ts';
import { dropDeadChannels } from '../nn/dropDeadChannels.ts';
import type { Layer } from '../nn/network.ts';
import { vanishesBelowZero } from '../nn/layers/rules.ts';
import { parameterSpecs } from '../nn/parameters.ts';
import { sizeOf } from '../tensor/index.ts';
import { inSinglePrecision } from './prepare.ts';

/** A network that equals another on a box, with the box's bounds of its own neurons. */
export interface SmallerNetwork {
  readonly net: BoundNetwork;
  readonly root: HostBounds;
}

/** What must be left of the weights for the smaller network to be worth programs of its own. */
const worthwhile = 0.8;

const weightsOf = (net: Pick<BoundNetwork, 'network'>): number =>
  parameterSpecs(net.network).reduce((n, { shape }) => n + sizeOf(shape), 0);

/** The weighted layer that a ReLU alone reads. */
function ownProducer({ network }: BoundNetwork, { input }: Site): Layer | undefined {
  const producer = network.layers.find(({ name }) => name === input);
  const readers = network.layers.filter(({ inputs }) => inputs.includes(input));
  return producer && denseWeight(producer) && readers.length === 1 ? producer : undefined;
}

/** Channels of which no element exceeds 0 on the box; one channel stays, whatever it does. */
function inactiveChannels({ upper }: HostInterval, channels: number): number[] {
  const area = upper.length / channels;
  const found = Array.from({ length: channels }, (_, c) => c).filter((c) =>
    upper.subarray(c * area, (c + 1) * area).every((u) => u <= 0),
  );
  return found.length === channels ? found.slice(1) : found;
}

/**
 * A channel whose pre-activations are at most 0 on the box gives 0 there: with weights 0 and a negative bias it does so
 * everywhere, which makes it dead, and `dropDeadChannels` takes it out.
 * @param root sound bounds on the box
 * @returns undefined where less than a fifth of the weights would go
 */
export function dropInactive(net: BoundNetwork, root: HostBounds): SmallerNetwork | undefined {
  const numbers: Record<string, Float32Array | Float64Array> = { ...net.values };
  for (const site of net.sites.filter(({ layer }) => vanishesBelowZero(layer))) {
    const producer = ownProducer(net, site);
    if (!producer) continue;
    const [channels] = site.shape as [number];
    const inactive = inactiveChannels(root[site.name], channels);
    if (inactive.length === 0) continue;
    const weight = numbers[`${producer.name}.weight`].slice();
    const bias = numbers[`${producer.name}.bias`]?.slice();
    if (!bias) continue;
    const row = weight.length / channels;
    for (const c of inactive) {
      weight.fill(0, c * row, (c + 1) * row);
      bias[c] = -1;
    }
    numbers[`${producer.name}.weight`] = weight;
    numbers[`${producer.name}.bias`] = bias;
  }
  const small = dropDeadChannels({ network: net.network, numbers });
  if (weightsOf(small) > worthwhile * weightsOf(net)) return undefined;
  const plain = boundNetwork(small.network, inSinglePrecision(small));
  const reduced = net.norm === 'inf' ? plain : withNorm(plain, net.norm);
  const rest = (site: Site): HostInterval => {
    const gone = new Set(small.dropped[site.input] ?? []);
    const [channels] = site.shape as [number];
    const area = site.size / channels;
    const kept = (values: Float32Array): Float32Array =>
      values.filter((_, i) => !gone.has(Math.floor(i / area)));
    const { lower, upper } = root[site.name];
    return { lower: kept(lower), upper: kept(upper) };
  };
  // What additions and the like join is followed through weighted layers only.
  const sizes = new Map(net.sites.map((site) => [site.name, rest(site).lower.length]));
  if (reduced.sites.some(({ name, size }) => sizes.get(name) !== size)) return undefined;
  return { net: reduced, root: Object.fromEntries(net.sites.map((site) => [site.name, rest(site)])) };
}
