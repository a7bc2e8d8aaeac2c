/** @file Domains of branch and bound as a search meets them, for benchmarks: a network, root bounds, splits, feeds. */
import { createRng } from '../src/data/rng.ts';
import type { CompileOptions } from '../src/engine/compile.ts';
import { boundMachine, type BoundMachine } from '../src/bounds/machine.ts';
import type { Box } from '../src/bounds/box.ts';
import { startingAlpha, compactSites, sharedFeeds, type CompactSite } from '../src/bounds/compact.ts';
import { unstableNeurons, type HostBounds } from '../src/bounds/hostBounds.ts';
import { ibpBounds } from '../src/bounds/rootBounds.ts';
import { initialize } from '../src/nn/initialize.ts';
import type { NumberedNetwork } from '../src/nn/foldBatchNorm.ts';
import { buildModel } from '../src/nn/zoo/models.ts';
import { domainRates } from '../src/bounds/optimizeRows.ts';
import {
  arbitraryRows,
  boxSpecs,
  compactSpecs,
  optimizeProgram,
  placesOf,
  rootSpecs,
  stateSpecs,
} from '../src/bounds/programs.ts';
import { mapInputs, prepareNetwork, type PreparedNetwork } from '../src/verify/prepare.ts';

/** A box of a network, bounded at the root. */
export interface RootCase {
  readonly machine: BoundMachine;
  readonly box: Box;
  readonly root: HostBounds;
  readonly sites: readonly CompactSite[];
}

/** A network of the zoo at PyTorch's initial weights. */
export function initialNetwork(name: string, choices: Parameters<typeof buildModel>[1]): NumberedNetwork {
  const network = buildModel(name, choices);
  return { network, numbers: initialize(network, createRng('weights')) };
}

/** A box around a random image. @param epsilon raw pixel radius */
function boxAround({ inputMap }: PreparedNetwork, size: number, epsilon: number): Box {
  const image = createRng('image').fillUniform(new Float32Array(size), 0, 1);
  const at = (sign: number): Float64Array =>
    Float64Array.from(image, (v) => Math.min(Math.max(v + sign * epsilon, 0), 1));
  return mapInputs(inputMap, { lower: at(-1), upper: at(1) });
}

/** Interval bounds of the box whose radius leaves the wanted share of all neurons unstable, found by bisection. */
export async function ibpCase(
  subject: NumberedNetwork,
  share: number,
  options: CompileOptions,
): Promise<RootCase> {
  const prepared = prepareNetwork(subject);
  const size = subject.network.inputShape.reduce((a, b) => a * b, 1);
  const machine = boundMachine(prepared.bounded, options);
  const bound = async (epsilon: number): Promise<RootCase> => {
    const box = boxAround(prepared, size, epsilon);
    const root = (await ibpBounds(machine, box)).sites;
    return { machine, box, root, sites: compactSites(machine.net.sites, root) };
  };
  let [low, high] = [Math.log(1e-6), Math.log(0.5)];
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    const { root } = await bound(Math.exp(middle));
    const all = machine.net.sites.reduce((sum, { size }) => sum + size, 0);
    const unstable = Object.values(root).reduce((sum, bounds) => sum + unstableNeurons(bounds).length, 0);
    if (unstable > share * all) high = middle;
    else low = middle;
  }
  return bound(Math.exp(low));
}

/** Splits of one ReLU have this many places in a row. */
const places = 8;

/**
 * A block of β-CROWN iterations on `rows` domains of the row y₀ − y₁, each with splits of its own in every ReLU.
 * It starts at CROWN's slopes and β = 0.
 */
export function domainBlock({ machine, box, root, sites }: RootCase, rows: number, iterations: number) {
  const { net } = machine;
  const sizes = { rows, places: placesOf(sites), splits: places };
  const outputs = net.shapes.get(net.output)!.reduce((a, b) => a * b, 1);
  const executable = machine.program(`block ${rows} ${iterations}`, () => ({
    fn: optimizeProgram(net, net.output, iterations, domainRates),
    specs: {
      box: boxSpecs(net),
      root: rootSpecs(net.sites),
      compact: compactSpecs(sizes, net.sites),
      start: arbitraryRows(rows, outputs),
      state: stateSpecs(sizes, net.sites),
    },
  }));
  const start = new Float32Array(rows * outputs);
  for (let r = 0; r < rows; r++) start.set([1, -1], r * outputs);
  const alpha = eachSite(sites, (site) => repeated(startingAlpha(site), rows));
  const beta = eachSite(sites, () => new Float32Array(rows * places));
  const zeros = {
    alpha: eachSite(sites, (site) => new Float32Array(rows * site.index.length)),
    beta,
  };
  const feeds = {
    box,
    root,
    compact: Object.fromEntries(sites.map((site) => [site.name, splitSite(site, rows)])),
    start: { rows: start },
    state: {
      current: { alpha, beta },
      first: zeros,
      second: zeros,
      best: { alpha, beta },
      bestLower: new Float32Array(rows).fill(-3e38),
      step: 0,
    },
  };
  return { executable, feeds, run: () => executable.run(feeds) };
}

const eachSite = <T>(sites: readonly CompactSite[], f: (site: CompactSite) => T): Record<string, T> =>
  Object.fromEntries(sites.map((site) => [site.name, f(site)]));

function repeated(values: Float32Array, rows: number): Float32Array {
  const all = new Float32Array(rows * values.length);
  for (let r = 0; r < rows; r++) all.set(values, r * values.length);
  return all;
}

/** Feeds of one ReLU: up to three random unstable neurons split in each row. */
function splitSite(site: CompactSite, rows: number) {
  const rng = createRng(`splits ${site.name}`);
  const u = site.index.length;
  const lower = repeated(site.lower, rows);
  const upper = repeated(site.upper, rows);
  const position = new Int32Array(rows * places);
  const side = new Float32Array(rows * places);
  const unstable = [...site.lower.keys()].filter((i) => site.lower[i] < 0 && site.upper[i] > 0);
  const splits = Math.min(3, unstable.length);
  for (let r = 0; r < rows; r++)
    for (let k = 0; k < splits; k++) {
      const neuron = unstable[rng.integer(unstable.length)];
      const up = rng.next() < 0.5;
      (up ? lower : upper)[r * u + neuron] = 0;
      position[r * places + k] = neuron;
      side[r * places + k] = up ? 1 : -1;
    }
  return { ...sharedFeeds(site), lower, upper, split: { position, side } };
}

/** Unstable neurons of all, e.g. `12 of 64`, by ReLU. */
export const unstableCounts = (sites: readonly CompactSite[]): string =>
  sites
    .map(({ lower, upper, size }) => `${lower.filter((l, i) => l < 0 && upper[i] > 0).length}/${size}`)
    .join(' ');
